using CodeRepoOperator.Runtime.Client;

namespace CodeRepoOperator.Cloning.Healing;

/// <summary>Decides which clones are of CodeRepos that do not exist any more.</summary>
internal static class Orphans
{
    /// <summary>The orphans among the clones on a volume.</summary>
    /// <param name="placed">What is on the volume.</param>
    /// <param name="namespaces">Whose CodeRepos this operator sees; empty: all. Of others it can't know whether they exist.</param>
    /// <param name="existing">The CodeRepos that exist, by name and uid: one of that name made anew is another.</param>
    public static IEnumerable<PlacedClone> Among(
        IEnumerable<PlacedClone> placed,
        ICollection<string> namespaces,
        IReadOnlySet<(NamespacedName Key, string Uid)> existing
    ) =>
        placed.Where(clone =>
            clone.Marker is { } marker
            && (namespaces.Count == 0 || namespaces.Contains(clone.Key.Namespace))
            && !existing.Contains((clone.Key, marker.Uid))
        );
}

using System.Collections.Concurrent;
using CodeRepoOperator.Runtime.Client;

namespace CodeRepoOperator.Cloning.Inspecting;

/// <summary>
/// The CodeRepos whose clones were found lost or damaged and are not made again yet: for them there are places in reserve.
/// </summary>
internal sealed class LostClones
{
    private readonly ConcurrentDictionary<NamespacedName, bool> _lost = new();

    /// <summary>Whether the clone of a CodeRepo was lost.</summary>
    public bool Has(NamespacedName key) => _lost.ContainsKey(key);

    /// <summary>Notes a loss.</summary>
    public void Add(NamespacedName key) => _lost[key] = true;

    /// <summary>Notes that there is a clone again, or that none is wanted any more.</summary>
    public void Remove(NamespacedName key) => _lost.TryRemove(key, out _);
}

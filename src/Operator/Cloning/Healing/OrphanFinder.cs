using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Store;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Remotes.GitFiles;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Settings;
using CodeRepoOperator.Runtime.Watching;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Healing;

/// <summary>Finds the clones on the volume whose CodeRepos do not exist any more.</summary>
internal sealed class OrphanFinder(
    StoreLayout layout,
    EntityCache<CodeRepo> codeRepos,
    EntityReader<CodeRepo> reader,
    IOptions<RuntimeOptions> options
)
{
    /// <summary>Looks through the volume for clones of which the cache knows no CodeRepo. It may lag behind: they are suspects.</summary>
    /// <returns>What was on the volume during this call, by namespace.</returns>
    /// <exception cref="IOException">The volume can't be read.</exception>
    public IReadOnlyList<IGrouping<string, PlacedClone>> FindSuspects()
    {
        var placed = layout.Places().Select(key => new PlacedClone(key, MarkerOf(key)));
        return [.. Orphans.Among(placed, options.Value.Namespaces, IdentitiesOf(codeRepos.Entities)).GroupBy(clone => clone.Key.Namespace)];
    }

    /// <summary>
    /// Asks the API server which suspects are orphans. The cache may lag behind an operator that had the store until now. What was on the
    /// volume before the API server was asked, and is of no CodeRepo that it names, is of none for ever: a uid does not come back.
    /// </summary>
    /// <param name="suspects">Those of one namespace.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="HttpRequestException">The API server can't be reached; <see cref="ApiErrors"/> names its other errors.</exception>
    public async Task<IReadOnlyList<PlacedClone>> ConfirmAsync(IGrouping<string, PlacedClone> suspects, CancellationToken cancellationToken)
    {
        var existing = await reader.ListAsync(suspects.Key, cancellationToken);
        return [.. Orphans.Among(suspects, options.Value.Namespaces, IdentitiesOf(existing.Entities))];
    }

    private static HashSet<(NamespacedName Key, string Uid)> IdentitiesOf(IEnumerable<CodeRepo> repos) =>
        [.. repos.Select(repo => (NamespacedName.Of(repo), repo.Metadata.Uid))];

    private CloneMarker? MarkerOf(NamespacedName key)
    {
        try
        {
            using var git = layout.Volume.Find(GitPaths.DirectoryOf(layout.Clone(key)));
            return git is null ? null : MarkerFile.Read(git, StoreLayout.MarkerName);
        }
        catch (IOException error) when (error.HResult == NativeFile.AccessDenied)
        {
            // Nobody knows whose it is, today or tomorrow: it stays, and the others are looked at.
            return null;
        }
    }
}

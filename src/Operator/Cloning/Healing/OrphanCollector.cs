using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Monitoring;
using CodeRepoOperator.Cloning.Store;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Remotes.GitFiles;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Looping;
using CodeRepoOperator.Runtime.Monitoring;
using CodeRepoOperator.Runtime.Settings;
using CodeRepoOperator.Runtime.Watching;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Healing;

/// <summary>
/// Takes clones off the volume whose CodeRepo went while nobody could: its finalizer was taken off by hand, or let go because the
/// store could not be used. It looks whenever a store is taken, and when it is told that there may be one.
/// </summary>
internal sealed class OrphanCollector(
    StoreLayout layout,
    StoreOwner owner,
    Publisher publisher,
    Informer<CodeRepo> informer,
    EntityCache<CodeRepo> codeRepos,
    EntityReader<CodeRepo> reader,
    IOptions<RuntimeOptions> runtime,
    IOptions<StoreOptions> options,
    CloningMetrics metrics,
    TimeProvider time,
    ILogger<OrphanCollector> log) : SupervisedLoop
{
    private readonly LoggedFailures<string> _logged = new();

    /// <summary>The taking whose volume was looked through.</summary>
    private int _lookedThrough;
    private volatile bool _expected;

    /// <summary>Has the volume looked through as soon as it can be used: a clone on it may be nobody's.</summary>
    public void Expect() => _expected = true;

    /// <inheritdoc />
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        try
        {
            await informer.WhenSyncedAsync(stoppingToken);
            using var timer = new PeriodicTimer(options.Value.VerifyInterval, time);
            do
            {
                Progress.Report(options.Value.VerifyInterval);
                await TryCollectAsync(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The next start looks anew.
        }
    }

    private async Task TryCollectAsync(CancellationToken stoppingToken)
    {
        if (owner.TryAcquire() is not null || (owner.Takings == _lookedThrough && !_expected))
        {
            return;
        }

        // Before the look: what is expected during it is another's, and is looked for once more.
        var taking = owner.Takings;
        _expected = false;
        try
        {
            await CollectAsync(stoppingToken);
            _lookedThrough = taking;
            _logged.IsOver(layout.Root);
        }
        catch (Exception error) when (error.IsApiError() || StoreFailure.IsOf(error))
        {
            _expected = true;
            if (_logged.IsNew(layout.Root, error.Describe()))
            {
                log.OrphansNotCollected(error.Describe());
            }
        }
    }

    private async Task CollectAsync(CancellationToken stoppingToken)
    {
        var placed = layout.Places().Select(key => new PlacedClone(key, MarkerOf(key)));
        var known = codeRepos.Entities.Select(repo => (NamespacedName.Of(repo), repo.Metadata.Uid)).ToHashSet();
        foreach (var suspects in Orphans.Among(placed, runtime.Value.Namespaces, known).GroupBy(clone => clone.Key.Namespace).ToList())
        {
            // The cache may lag behind an operator that had the store until now. What was on the volume before the API server was
            // asked, and is of no CodeRepo that it names, is of none for ever: a uid does not come back.
            var suspected = suspects.ToList();
            Progress.Report(options.Value.VerifyInterval);
            var listed = await reader.ListAsync(suspects.Key, stoppingToken);
            var existing = listed.Entities.Select(repo => (NamespacedName.Of(repo), repo.Metadata.Uid)).ToHashSet();
            foreach (var orphan in Orphans.Among(suspected, runtime.Value.Namespaces, existing))
            {
                stoppingToken.ThrowIfCancellationRequested();
                if (publisher.TryRemoveOrphan(orphan.Key, orphan.Marker!.Uid))
                {
                    metrics.OrphanCollected();
                    log.OrphanCollected(orphan.Key, orphan.Marker.Uid);
                }
            }
        }
    }

    private CloneMarker? MarkerOf(NamespacedName key)
    {
        try
        {
            using var git = layout.Volume.Find(GitPaths.FolderOf(layout.Clone(key)));
            return git is null ? null : MarkerFile.Read(git, StoreLayout.MarkerName);
        }
        catch (IOException error) when (error.HResult == NativeFile.NotPermitted)
        {
            // Nobody can tell whose it is, today or tomorrow: it stays, and the others are looked at.
            return null;
        }
    }
}

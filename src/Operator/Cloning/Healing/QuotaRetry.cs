using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Store;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Queueing;
using CodeRepoOperator.Runtime.Watching;

namespace CodeRepoOperator.Cloning.Healing;

/// <summary>
/// Has the CodeRepos tried again that did not fit into the quota of their namespace, as soon as something of it was deleted: within
/// <see cref="StoreOptions.VerifyInterval"/>, and not only after <see cref="StoreOptions.TerminalRetryInterval"/>.
/// </summary>
internal sealed class QuotaRetry(VerifyTimer rounds, StoreUsage usage, EntityCache<CodeRepo> codeRepos, WorkQueue<CodeRepo> queue)
    : BackgroundService
{
    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = rounds.Start();
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Retry();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Nothing to finish.
        }
    }

    private void Retry()
    {
        var relieved = usage.TakeRelieved();
        foreach (var repo in codeRepos.Entities.Where(repo => relieved.Contains(repo.Metadata.NamespaceProperty)))
        {
            if (StatusSummary.FailureOf(repo) == Reasons.QuotaExceeded)
            {
                queue.Add(NamespacedName.Of(repo));
            }
        }
    }
}

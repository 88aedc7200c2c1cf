using CodeRepoOperator.Indexing.Sweeping;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Looping;
using CodeRepoOperator.Runtime.Watching;
using k8s.Models;

namespace CodeRepoOperator.Indexing.Pods;

/// <summary>Watches the pods that may hold rows, and asks for a sweep when one of them is gone.</summary>
internal sealed class PodWatch(Reflector<V1Pod> reflector, EntityCache<V1Pod> cache, SweepRequests sweeps, PodKnowledge knowledge)
    : SupervisedLoop
{
    /// <inheritdoc />
    protected override Task RunAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(
            knowledge.Scopes.Select(scope =>
                SupervisePartAsync((progress, ended) => reflector.ListAndWatchAsync(scope, progress, Changed, ended), stoppingToken)
            )
        );

    private void Changed(NamespacedName key)
    {
        if (cache.FindDeleted(key) is { } deleted)
        {
            cache.ForgetDeleted(key, deleted);
            sweeps.Add();
        }
        else if (cache.Find(key) is { } pod && IndexerPods.HasEnded(pod))
        {
            sweeps.Add();
        }
    }
}

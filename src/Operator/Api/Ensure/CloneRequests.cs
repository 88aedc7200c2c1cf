using CodeRepoOperator.Cloning;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Making;
using CodeRepoOperator.Runtime.Client;

namespace CodeRepoOperator.Api.Ensure;

/// <summary>Clones for requests, which wait no longer than their caller, or the operator, is there.</summary>
internal sealed class CloneRequests(CloneFinder finder, CloneProvider clones, IHostApplicationLifetime lifetime)
{
    /// <inheritdoc cref="CloneFinder.FindWarm"/>
    public PublishedClone? FindWarm(NamespacedName key) => finder.FindWarm(key);

    /// <summary>Makes sure of a clone.</summary>
    /// <param name="key">The CodeRepo.</param>
    /// <param name="wait">How long the caller waits for it.</param>
    /// <param name="requestAborted">Ends when the caller has hung up.</param>
    /// <returns>What came of it; null: the operator is about to end.</returns>
    /// <exception cref="OperationCanceledException">The caller has hung up.</exception>
    public async Task<EnsureOutcome?> EnsureAsync(NamespacedName key, TimeSpan wait, CancellationToken requestAborted)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(requestAborted, lifetime.ApplicationStopping);
        try
        {
            return await clones.EnsureAsync(key, wait, ended.Token);
        }
        catch (OperationCanceledException) when (!requestAborted.IsCancellationRequested)
        {
            return null;
        }
    }
}

using System.ComponentModel;
using System.Text.Json;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Store;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Worker;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Healing;

/// <summary>Has a git worker read one clone whole, at <see cref="StoreOptions.DeepVerifyBytesPerSecond"/>.</summary>
internal sealed class DeepCheck(StoreLayout layout, WorkerProcess worker, IOptions<StoreOptions> options)
{
    /// <summary>Reads it, which may take hours.</summary>
    /// <returns>What was found, or why it could not be read.</returns>
    public async Task<Attempt<CheckResult>> RunAsync(PublishedClone clone, CancellationToken cancellationToken)
    {
        try
        {
            var order = new CheckOrder(layout.Clone(clone.Key), clone.Marker.Commit, options.Value.DeepVerifyBytesPerSecond)
            {
                Submodules = clone.Marker.Submodules?.Fetched ?? [],
                Lfs = clone.Marker.LfsState,
                Sparse = clone.Marker.Sparse?.Asked,
            };
            return await worker.CheckAsync(order, cancellationToken);
        }
        catch (Exception error) when (error is Win32Exception or JsonException or InvalidOperationException)
        {
            // No process to be had, or none that responds: no reason to end the operator, or to stop looking at the others.
            return new CloneFailure(Reasons.StoreUnavailable, $"The git worker can't be used: {error.Message}");
        }
    }
}

using System.Collections.Concurrent;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Inspecting;
using CodeRepoOperator.Cloning.Reporting;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Leasing;
using CodeRepoOperator.Runtime.Reconciling;
using CodeRepoOperator.Timing;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning;

/// <summary>
/// Takes the clone of a deleted CodeRepo off the volume before the API server lets go of it. A store that can't be used keeps
/// nobody waiting for long: the clone is collected once it can.
/// </summary>
internal sealed class CodeRepoFinalizer(
    CloneStore store,
    LeaseHolder lease,
    CodeRepoEvents events,
    IOptions<StoreOptions> options,
    TimeProvider time
) : IEntityFinalizer<CodeRepo>
{
    /// <summary>How often it is tried while it waits.</summary>
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long each deleted CodeRepo still waits for the store, by uid. From the first try in this process on: the deletion's own time is
    /// the API server's clock, which ours may be hours away from.
    /// </summary>
    private readonly ConcurrentDictionary<string, Deadline> _waiting = new(StringComparer.Ordinal);

    /// <inheritdoc />
    public async Task<ReconciliationResult<CodeRepo>> FinalizeAsync(CodeRepo entity, CancellationToken cancellationToken)
    {
        var key = NamespacedName.Of(entity);
        var hadClone = store.Find(key, entity.Metadata.Uid) is not null;
        if (store.Remove(key, entity.Metadata.Uid) is not { } failure)
        {
            if (hadClone)
            {
                await events.RemovedAsync(entity);
            }

            _waiting.TryRemove(entity.Metadata.Uid, out _);
            return ReconciliationResult<CodeRepo>.Success(entity);
        }

        if (!lease.IsHeld)
        {
            // Another operator may hold the store, and takes the clone away; or the API server is away, and nothing can be let go.
            return ReconciliationResult<CodeRepo>.Failure(entity, failure.Message);
        }

        var left = _waiting.GetOrAdd(entity.Metadata.Uid, _ => Deadline.In(time, options.Value.RemovalPatience)).Left(time);
        if (left > TimeSpan.Zero)
        {
            return ReconciliationResult<CodeRepo>.Failure(
                entity,
                failure.Message,
                requeueAfter: left < RetryInterval ? left : RetryInterval
            );
        }

        await events.NotRemovedAsync(entity, failure);
        _waiting.TryRemove(entity.Metadata.Uid, out _);
        return ReconciliationResult<CodeRepo>.Success(entity);
    }
}

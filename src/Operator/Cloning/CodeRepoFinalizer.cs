using CodeRepoOperator.Cloning.Reporting;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime;

namespace CodeRepoOperator.Cloning;

/// <summary>Takes the clone of a deleted CodeRepo off the volume before the API server lets go of it.</summary>
internal sealed class CodeRepoFinalizer(CloneStore store, CodeRepoReporter reporter) : IEntityFinalizer<CodeRepo>
{
    /// <inheritdoc />
    public async Task<ReconciliationResult<CodeRepo>> FinalizeAsync(CodeRepo entity, CancellationToken cancellationToken)
    {
        var key = EntityKey.Of(entity);
        var hadClone = store.Find(key, entity.Metadata.Uid) is not null;
        if (store.Remove(key, entity.Metadata.Uid) is { } failure)
        {
            return ReconciliationResult<CodeRepo>.Failure(entity, failure.Message);
        }

        if (hadClone)
        {
            await reporter.RemovedAsync(entity);
        }

        return ReconciliationResult<CodeRepo>.Success(entity);
    }
}

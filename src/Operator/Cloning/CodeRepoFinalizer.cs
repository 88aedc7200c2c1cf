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
        if (store.Remove(EntityKey.Of(entity), entity.Metadata.Uid) is { } failure)
        {
            return ReconciliationResult<CodeRepo>.Failure(entity, failure.Message);
        }

        await reporter.RemovedAsync(entity, cancellationToken);
        return ReconciliationResult<CodeRepo>.Success(entity);
    }
}

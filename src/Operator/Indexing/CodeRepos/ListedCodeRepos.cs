using System.Collections.ObjectModel;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Hosting;
using CodeRepoOperator.Indexing.Sweeping;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Settings;
using CodeRepoOperator.Runtime.Watching;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>
/// The CodeRepos of a cluster for a sweep that runs once: they are listed when the first table is swept. It reports nothing: the
/// operator sees from the rows what was done to them.
/// </summary>
internal sealed class ListedCodeRepos(EntityReader<CodeRepo> reader, IOptions<RuntimeOptions> runtime, IOptions<IndexingOptions> options)
    : ICodeRepos
{
    private IReadOnlyList<DesiredRow>? _desired;

    /// <inheritdoc />
    /// <exception cref="SetupException">The CodeRepos can't be listed: one of them may ask for more patience.</exception>
    public async Task<IReadOnlyDictionary<string, TimeSpan>> ThresholdsAsync(
        NpgsqlConnection connection,
        IndexingTarget target,
        TableColumns columns,
        CancellationToken cancellationToken
    )
    {
        _desired ??= await ListAsync(cancellationToken);
        if (!CodeRepoRowQuery.IsPossible(target, columns))
        {
            return ReadOnlyDictionary<string, TimeSpan>.Empty;
        }

        var owners = await new CodeRepoRowQuery(target, columns, options.Value).MatchAsync(connection, _desired, cancellationToken);
        return owners.Thresholds(options.Value.ThresholdOf(target));
    }

    /// <inheritdoc />
    public Task ReportAsync(IReadOnlyList<SweepResult> results, CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<IReadOnlyList<DesiredRow>> ListAsync(CancellationToken cancellationToken)
    {
        try
        {
            var desired = new List<DesiredRow>();
            foreach (var ofNamespace in runtime.Value.Namespaces.DefaultIfEmpty<string?>(null))
            {
                var list = await reader.ListAsync(ofNamespace, cancellationToken);
                desired.AddRange(
                    list.Entities.Where(repo => repo.Metadata.DeletionTimestamp is null).Select(repo => DesiredRow.Of(repo, options.Value))
                );
            }

            return desired;
        }
        catch (Exception error) when (error.IsApiError())
        {
            throw new SetupException(
                $"The CodeRepos can't be listed ({error.Describe().TrimEnd('.')}), and one of them may have a longer threshold: no row "
                    + "is reset. Check the cluster, or run without KUBECONFIG to ignore CodeRepos.",
                error
            );
        }
    }
}

using CodeRepoOperator.Indexing.Tables;
using Npgsql;
using NpgsqlTypes;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>Deletes what is old in the history of a target, some of it at each sweep.</summary>
internal static class AttemptPruner
{
    /// <summary>A sweep must not take long: a history that was left alone for long is done by several.</summary>
    private const int MaxBatches = 10;

    /// <summary>Deletes what is older than <see cref="IndexingOptions.KeepAttempts"/>.</summary>
    /// <returns>Why that can't be done, and what to do; null: it is done, or there is no history.</returns>
    /// <exception cref="NpgsqlException">The server is gone.</exception>
    public static async Task<string?> PruneAsync(
        IndexingTable table,
        IndexingTarget target,
        IndexingOptions options,
        CancellationToken cancellationToken
    )
    {
        if (target.Attempts.Length == 0)
        {
            return null;
        }

        var function = $"{SqlName.Quoted(target.Schema)}.{SqlName.Quoted(target.PruneFunction)}";
        try
        {
            if (await table.CountAsync(IsAllowed(function), cancellationToken) == 0)
            {
                return $"run coderepo-operator migrate, and GRANT EXECUTE ON FUNCTION {function} to the operator's role";
            }

            var left = MaxBatches;
            while (await table.CountAsync(Prune(function, options), cancellationToken) == options.BatchSize && --left > 0)
            {
                // The next batch.
            }

            return null;
        }
        catch (PostgresException error) when (!DatabaseErrors.IsOfServer(error))
        {
            return DatabaseErrors.Describe(error);
        }
    }

    private static NpgsqlBatchCommand IsAllowed(string function) =>
        new("SELECT COALESCE(has_function_privilege(to_regprocedure($1)::oid, 'EXECUTE'), false)::int::bigint")
        {
            Parameters = { new() { Value = $"{function}(interval, integer)" } },
        };

    private static NpgsqlBatchCommand Prune(string function, IndexingOptions options) =>
        new($"SELECT {function}($1, $2)")
        {
            Parameters =
            {
                new() { Value = options.KeepAttempts, NpgsqlDbType = NpgsqlDbType.Interval },
                new() { Value = options.BatchSize },
            },
        };
}

using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Text;
using Npgsql;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>Who holds locks on a table, for the person who waits for them.</summary>
internal static class LockHolders
{
    /// <summary>Of sessions of other roles only the process is shown, unless the role may see more (pg_read_all_stats).</summary>
    private const string Holders = """
        SELECT string_agg(DISTINCT format('process %s%s%s', a.pid, ', ' || COALESCE(NULLIF(a.application_name, ''), a.backend_type),
          ', for ' || date_trunc('second', now() - a.xact_start)), '; ')
        FROM pg_locks l JOIN pg_stat_activity a USING (pid)
        WHERE l.relation = format('%I.%I', $1, $2)::regclass AND l.granted AND l.pid <> pg_backend_pid()
          AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """;

    /// <summary>Reads who they are, in words.</summary>
    public static async Task<string> ReadAsync(NpgsqlConnection connection, IndexingTarget target, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Holders, connection)
        {
            Parameters =
            {
                new() { Value = target.Schema },
                new() { Value = target.Table },
            },
        };
        return await command.ExecuteScalarAsync(cancellationToken) is string holders
            ? $"it is held by {ForeignText.Shown(holders, ForeignText.LongestError)}"
            : "who held it is gone by now";
    }
}

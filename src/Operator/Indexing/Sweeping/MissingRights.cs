using CodeRepoOperator.Indexing.Tables;
using Npgsql;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>Finds out what a role lacks to sweep a table: the server's own error names the table at best.</summary>
internal static class MissingRights
{
    private const string Lacking = """
        SELECT current_user::text, has_schema_privilege(n.oid, 'USAGE'),
          ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attname = ANY ($3)
                AND NOT a.attisdropped AND NOT has_column_privilege(c.oid, a.attnum, 'SELECT') ORDER BY a.attnum),
          ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attname = ANY ($4)
                AND NOT a.attisdropped AND NOT has_column_privilege(c.oid, a.attnum, 'UPDATE') ORDER BY a.attnum)
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND c.relname = $2
        """;

    /// <summary>Says what the role of a connection lacks.</summary>
    /// <returns>What to do; null: it has all that the table asks for, so that the error came from elsewhere.</returns>
    public static async Task<string?> ReadAsync(NpgsqlConnection connection, IndexingTarget target, CancellationToken cancellationToken)
    {
        string[] written = [target.Status, target.Started, target.Heartbeat, target.Token, target.Resets];
        string[] read = [target.Key, target.Tenant, .. written];
        await using var command = new NpgsqlCommand(Lacking, connection)
        {
            Parameters =
            {
                new() { Value = target.Schema },
                new() { Value = target.Table },
                new() { Value = read },
                new() { Value = written.Append(target.Error).ToArray() },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? Remedy(
                target,
                reader.GetString(0),
                reader.GetBoolean(1),
                reader.GetFieldValue<string[]>(2),
                reader.GetFieldValue<string[]>(3)
            )
            : null;
    }

    private static string? Remedy(IndexingTarget target, string role, bool mayUseSchema, string[] unread, string[] unwritten)
    {
        var (to, table) = (SqlName.Quoted(role), $"{SqlName.Quoted(target.Schema)}.{SqlName.Quoted(target.Table)}");
        var grants = new List<string>();
        if (!mayUseSchema)
        {
            grants.Add($"GRANT USAGE ON SCHEMA {SqlName.Quoted(target.Schema)} TO {to};");
        }

        string[] columns = [.. Right("SELECT", unread), .. Right("UPDATE", unwritten)];
        if (columns.Length > 0)
        {
            grants.Add($"GRANT {string.Join(", ", columns)} ON {table} TO {to};");
        }

        return grants.Count > 0 ? $"The role {role} may not sweep {target.Schema}.{target.Table}: {string.Join(" ", grants)}" : null;
    }

    private static IEnumerable<string> Right(string right, string[] columns) =>
        columns.Length == 0 ? [] : [$"{right} ({string.Join(", ", columns.Select(SqlName.Quoted))})"];
}

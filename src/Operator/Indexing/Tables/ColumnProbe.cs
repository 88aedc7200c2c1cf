using Npgsql;

namespace CodeRepoOperator.Indexing.Tables;

/// <summary>
/// Asks the catalog what columns a table has. An error that says that a column is missing is no way to learn it: it does not name
/// the column in a field, and a user's trigger may raise it too.
/// </summary>
internal static class ColumnProbe
{
    /// <summary>
    /// Of the columns of the end, of the holder, of the next try and of the name, which need not be there, only what the role may use:
    /// older grants do not name them.
    /// </summary>
    private const string Columns = """
        SELECT a.attname, format_type(a.atttypid, a.atttypmod)
        FROM pg_catalog.pg_attribute a
        JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
          AND (a.attname <> $3 OR pg_catalog.has_column_privilege(c.oid, a.attnum, 'UPDATE'))
          AND (a.attname NOT IN ($4, $6) OR pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT'))
          AND (a.attname <> $5 OR pg_catalog.has_column_privilege(c.oid, a.attnum, 'UPDATE'))
        """;

    /// <summary>Reads the columns of a target's table.</summary>
    /// <returns>The columns; null: there is no such table.</returns>
    /// <exception cref="NpgsqlException">The database could not be asked.</exception>
    public static async Task<TableColumns?> ReadAsync(
        NpgsqlConnection connection,
        IndexingTarget target,
        CancellationToken cancellationToken
    )
    {
        await using var command = new NpgsqlCommand(Columns, connection)
        {
            Parameters =
            {
                new() { Value = target.Schema },
                new() { Value = target.Table },
                new() { Value = target.Completed },
                new() { Value = target.Holder },
                new() { Value = target.NotBefore },
                new() { Value = IndexingTarget.NameColumn },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var types = new Dictionary<string, string>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
        {
            types.Add(reader.GetString(0), reader.GetString(1));
        }

        return types.Count == 0 ? null : new TableColumns(types);
    }
}

using System.Globalization;
using CodeRepoOperator.Indexing.Tables;
using Npgsql;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>
/// Asks the database whether it would take the values that the operator and the functions write: by the columns' types, and by CHECK
/// constraints on one of these columns. What a constraint makes of several columns depends on the row.
/// </summary>
internal static class ValueProbe
{
    private const string Types = """
        SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute
        WHERE attrelid = format('%I.%I', $1, $2)::regclass AND attname = ANY ($3) AND NOT attisdropped
        """;

    private const string Checks = """
        SELECT a.attname::text, c.conname::text, pg_get_expr(c.conbin, c.conrelid)
        FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND c.conkey = ARRAY[a.attnum]
        WHERE c.conrelid = format('%I.%I', $1, $2)::regclass AND c.contype = 'c' AND a.attname = ANY ($3)
        """;

    private const string RequiredColumns = """
        SELECT column_name::text FROM information_schema.columns
        WHERE table_schema = $1 AND table_name = $2 AND column_name = ANY ($3) AND is_nullable = 'NO'
        """;

    /// <summary>A token that begins by the clock, in microseconds: that of the year 2100.</summary>
    private const string LateToken = "4102444800000000";

    /// <summary>Adds what is refused to what is known of a table.</summary>
    public static async Task<TableState> ReadAsync(
        NpgsqlConnection connection,
        MigrationTarget target,
        TableState table,
        CancellationToken cancellationToken
    )
    {
        var values = Written(target, table).Where(value => table.Columns.ContainsKey(value.Column)).ToList();
        if (values.Count == 0)
        {
            return table;
        }

        var catalog = new TableCatalog(connection, target.Target.Schema, target.Target.Table, cancellationToken);
        var columns = values.Select(value => value.Column).Distinct(StringComparer.Ordinal).ToArray();
        var types = (await catalog.RowsAsync(Types, (object)columns)).ToDictionary(row => row[0], row => row[1], StringComparer.Ordinal);
        var checks = (await catalog.RowsAsync(Checks, (object)columns)).ToLookup(row => row[0], StringComparer.Ordinal);
        var required = await catalog.ColumnAsync(RequiredColumns, (object)columns);
        var refused = new List<RefusedValue>();
        foreach (var (column, value) in values)
        {
            var why =
                value == "NULL" && required.Contains(column)
                    ? "it is NOT NULL"
                    : await OfTypeAsync(connection, column == target.Target.Status, types[column], value, cancellationToken)
                        ?? await OfChecksAsync(connection, types[column], value, checks[column], cancellationToken);
            if (why is not null)
            {
                refused.Add(new RefusedValue(column, value, why));
            }
        }

        return table with
        {
            RefusedValues = refused,
        };
    }

    /// <summary>A type that is wrong altogether is another finding; of an enum's values it is known already which there are.</summary>
    private static IEnumerable<(string Column, string Value)> Written(MigrationTarget target, TableState table)
    {
        var settings = target.Target;
        if (!table.ForeignColumns.Contains(settings.Status))
        {
            foreach (
                var status in new[] { settings.Active, settings.Reset, settings.Exhausted ?? settings.Reset }
                    .Distinct(StringComparer.Ordinal)
                    .Where(status => table.StatusValues?.Contains(status) != false)
            )
            {
                yield return (settings.Status, SqlName.Literal(status));
            }
        }

        // Where rows have a column of their end, a row that ended keeps its start, and its heartbeat says so.
        var keepsStart = table.Columns.ContainsKey(settings.Completed);
        (string Column, string Type, string[] Values)[] columns =
        [
            (settings.Started, "timestamp with time zone", keepsStart ? ["now()"] : ["now()", "NULL"]),
            (
                settings.Heartbeat,
                "timestamp with time zone",
                keepsStart ? ["now()", "'-infinity'", "'infinity'", "NULL"] : ["now()", "'-infinity'", "NULL"]
            ),
            (settings.Token, "bigint", [LateToken]),
            (settings.Resets, "integer", ["0", (target.MaxResets + 1).ToString(CultureInfo.InvariantCulture)]),
        ];
        foreach (var (column, type, values) in columns.Where(column => table.Columns.GetValueOrDefault(column.Column) == column.Type))
        {
            foreach (var value in values)
            {
                yield return (column, value);
            }
        }
    }

    private static async Task<string?> OfTypeAsync(
        NpgsqlConnection connection,
        bool isText,
        string type,
        string value,
        CancellationToken cancellationToken
    )
    {
        // A cast cuts off what is too long, which an assignment refuses.
        var sql = isText ? $"SELECT CAST({value} AS {type})::text = {value}" : $"SELECT CAST({value} AS {type}) IS NULL OR true";
        return await AskAsync(connection, sql, cancellationToken) switch
        {
            { Refusal: { } refusal } => refusal,
            { IsTrue: false } => $"it is {type}",
            _ => null,
        };
    }

    private static async Task<string?> OfChecksAsync(
        NpgsqlConnection connection,
        string type,
        string value,
        IEnumerable<string[]> checks,
        CancellationToken cancellationToken
    )
    {
        foreach (var check in checks)
        {
            var row = $"(SELECT CAST({value} AS {type}) AS {SqlName.Quoted(check[0])}) AS t";
            var reply = await AskAsync(connection, $"SELECT ({check[2]}) IS NOT FALSE FROM {row}", cancellationToken);
            if (!reply.IsTrue)
            {
                return $"the constraint {check[1]} refuses it";
            }
        }

        return null;
    }

    private static async Task<(bool IsTrue, string? Refusal)> AskAsync(
        NpgsqlConnection connection,
        string sql,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await using var command = new NpgsqlCommand(sql, connection);
            return (await command.ExecuteScalarAsync(cancellationToken) is true, null);
        }
        catch (PostgresException error) when (error.SqlState[..2] is "22" or "23" or "42")
        {
            return (false, $"the database says: {error.MessageText}");
        }
    }
}

using System.Globalization;
using Npgsql;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>
/// Asks the catalog how a target stands. The session's <c>search_path</c> must be <c>pg_catalog</c>, so that types come with their schemas.
/// </summary>
internal static class CatalogProbe
{
    private const string Server = """
        SELECT current_setting('server_version_num')::int, current_setting('server_version'), current_user::text
        """;

    private const string Table = """
        SELECT c.relkind::text, pg_get_userbyid(c.relowner)::text, COALESCE(pg_has_role(c.relowner, 'USAGE'), false), has_schema_privilege(n.oid, 'CREATE')
        FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid WHERE n.nspname = $1 AND c.relname = $2
        """;

    private const string OtherSchemas = """
        SELECT n.nspname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relname = $2 AND n.nspname <> $1 AND c.relkind IN ('r', 'p') ORDER BY 1 LIMIT 3
        """;

    private const string Columns = """
        SELECT attname::text, format_type(atttypid, -1) FROM pg_attribute
        WHERE attrelid = format('%I.%I', $1, $2)::regclass AND attnum > 0 AND NOT attisdropped
        """;

    private const string IsKeyUnique = """
        SELECT EXISTS (
          SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
          WHERE i.indrelid = format('%I.%I', $1, $2)::regclass AND a.attname = $3 AND i.indisunique AND i.indisvalid AND i.indimmediate
            AND i.indpred IS NULL AND i.indnkeyatts = 1)
        """;

    private const string StatusValues = """
        SELECT e.enumlabel::text FROM pg_attribute a JOIN pg_enum e ON e.enumtypid = a.atttypid
        WHERE a.attrelid = format('%I.%I', $1, $2)::regclass AND a.attname = $3 AND NOT a.attisdropped ORDER BY e.enumsortorder
        """;

    private const string TakenNames = """
        SELECT c.relname::text FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
        WHERE c.relnamespace = format('%I', $1)::regnamespace AND c.relname = ANY ($3) AND i.indrelid IS DISTINCT FROM format('%I.%I', $1, $2)::regclass::oid
        """;

    private const string Indexes = """
        SELECT c.relname::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE i.indrelid = format('%I.%I', $1, $2)::regclass AND i.indisvalid AND i.indisready AND obj_description(c.oid, 'pg_class') = $3
        """;

    private const string Functions = """
        SELECT count(*) = 4 AND COALESCE(bool_and(p.proname = ANY ($3) AND (p.proretset OR p.proargtypes[0] = a.atttypid)), false)
        FROM pg_proc p, pg_attribute a
        WHERE p.pronamespace = format('%I', $1)::regnamespace AND obj_description(p.oid, 'pg_proc') = $4
          AND a.attrelid = format('%I.%I', $1, $2)::regclass AND a.attname = $5 AND NOT a.attisdropped
        """;

    private const string Children = """
        SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = format('%I.%I', $1, $2)::regclass ORDER BY 1 LIMIT 3
        """;

    private const string Triggers = """
        SELECT count(*) = cardinality($3) AND COALESCE(bool_and(t.tgname = ANY ($3) AND p.proname = ($3)[1] AND t.tgenabled IN ('O', 'A')), false)
        FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
        WHERE t.tgrelid = format('%I.%I', $1, $2)::regclass AND obj_description(p.oid, 'pg_proc') = $4
        """;

    private const string JournalOwner = """
        SELECT pg_get_userbyid(relowner)::text, COALESCE(pg_has_role(relowner, 'USAGE'), false)
        FROM pg_class WHERE relnamespace = format('%I', $1)::regnamespace AND relname = $2
        """;

    /// <summary>Reads what the server and the session are.</summary>
    public static async Task<ServerState> ServerAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Server, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new ServerState(reader.GetInt32(0), reader.GetString(1), reader.GetString(2));
    }

    /// <summary>Reads what a target's table is, and what was made for it.</summary>
    public static async Task<TableState> TableAsync(
        NpgsqlConnection connection,
        MigrationTarget target,
        CancellationToken cancellationToken
    )
    {
        var (settings, names) = (target.Target, target.Names);
        var ask = new Questions(connection, settings.Schema, settings.Table, cancellationToken);
        if (await ask.RowAsync(Table) is not { } table)
        {
            return new TableState { OtherSchemas = await ask.ColumnAsync(OtherSchemas) };
        }

        var state = new TableState
        {
            Kind = table[0],
            Owner = table[1],
            IsOurs = IsTrue(table[2]),
            MayCreate = IsTrue(table[3]),
        };
        if (state.Kind != "r")
        {
            return state;
        }

        var (tag, stampTag) = (MigrationScripts.Tag(target), MigrationScripts.StampTag(target));
        var made = state with
        {
            Columns = (await ask.RowsAsync(Columns)).ToDictionary(column => column[0], column => column[1], StringComparer.Ordinal),
            Children = await ask.ColumnAsync(Children),
            IsKeyUnique = await ask.IsSoAsync(IsKeyUnique, settings.Key),
            StatusValues = await ask.ColumnAsync(StatusValues, settings.Status) is { Count: > 0 } values ? values : null,
            TakenNames = await ask.ColumnAsync(TakenNames, (object)names.Indexes.ToArray()),
            Indexes = await ask.ColumnAsync(Indexes, tag),
            HasFunctions = await ask.IsSoAsync(
                Functions,
                new[] { names.Claim, names.ClaimNext, names.Heartbeat, names.Finish },
                tag,
                settings.Key
            ),
            HasTriggers = await ask.IsSoAsync(Triggers, names.Triggers.ToArray(), stampTag),
        };
        return await WithJournalAsync(connection, target, made, cancellationToken);
    }

    private static async Task<TableState> WithJournalAsync(
        NpgsqlConnection connection,
        MigrationTarget target,
        TableState state,
        CancellationToken cancellationToken
    )
    {
        var ask = new Questions(connection, target.Target.Schema, MigrationNames.Journal, cancellationToken);
        if (await ask.RowAsync(JournalOwner) is not { } journal)
        {
            return state;
        }

        if (!IsTrue(journal[1]))
        {
            return state with { HasJournal = true, JournalOwner = journal[0] };
        }

        var sql = new JournalSql(target);
        var read = new Questions(connection, cancellationToken);
        return state with
        {
            HasJournal = true,
            Ran = (await read.RowsAsync(sql.Ran)).ToDictionary(script => script[0], script => script[1], StringComparer.Ordinal),
            Added = await read.ColumnAsync(sql.Added),
        };
    }

    private static bool IsTrue(string value) => bool.Parse(value);

    /// <summary>Questions about one table, whose schema and name are their first two parameters.</summary>
    private sealed class Questions
    {
        private readonly NpgsqlConnection _connection;
        private readonly CancellationToken _cancellationToken;
        private readonly object[] _table;

        public Questions(NpgsqlConnection connection, string schema, string table, CancellationToken cancellationToken) =>
            (_connection, _table, _cancellationToken) = (connection, [schema, table], cancellationToken);

        public Questions(NpgsqlConnection connection, CancellationToken cancellationToken) =>
            (_connection, _table, _cancellationToken) = (connection, [], cancellationToken);

        public async Task<List<string[]>> RowsAsync(string sql, params object[] more)
        {
            await using var command = new NpgsqlCommand(sql, _connection);
            command.Parameters.AddRange(_table.Concat(more).Select(value => new NpgsqlParameter { Value = value }).ToArray());
            await using var reader = await command.ExecuteReaderAsync(_cancellationToken);
            var rows = new List<string[]>();
            while (await reader.ReadAsync(_cancellationToken))
            {
                rows.Add([
                    .. Enumerable
                        .Range(0, reader.FieldCount)
                        .Select(field => Convert.ToString(reader.GetValue(field), CultureInfo.InvariantCulture)!),
                ]);
            }

            return rows;
        }

        public async Task<string[]?> RowAsync(string sql) => (await RowsAsync(sql)).FirstOrDefault();

        public async Task<List<string>> ColumnAsync(string sql, params object[] more) =>
            [.. (await RowsAsync(sql, more)).Select(row => row[0])];

        public async Task<bool> IsSoAsync(string sql, params object[] more) => IsTrue((await RowsAsync(sql, more))[0][0]);
    }
}

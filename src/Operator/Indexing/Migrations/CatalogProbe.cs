using CodeRepoOperator.Indexing.Tables;
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

    /// <summary>By their comments, also when the table had another name. Another target of it has another status.</summary>
    private const string Indexes = """
        SELECT c.relname::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid, obj_description(c.oid, 'pg_class') comment
        WHERE i.indrelid = format('%I.%I', $1, $2)::regclass AND i.indisvalid AND i.indisready
          AND starts_with(comment, $3) AND right(comment, length($4)) = $4
        """;

    /// <summary>What the target was called while its table had another name; a table of that name now has things of its own.</summary>
    private const string Formers = """
        SELECT DISTINCT former FROM pg_index i, obj_description(i.indexrelid, 'pg_class') comment, substr(comment, length($3) + 1) former
        WHERE i.indrelid = format('%I.%I', $1, $2)::regclass AND starts_with(comment, $3) AND right(comment, length($4)) = $4
          AND to_regclass(format('%I', $1) || '.' || left(former, length(former) - length($4))) IS NULL
        """;

    private const string CommentedFunctions = """
        SELECT oid::regprocedure::text FROM pg_proc
        WHERE pronamespace = format('%I', $1)::regnamespace AND $2 <> '' AND obj_description(oid, 'pg_proc') = ANY ($3)
        """;

    /// <summary>The triggers' functions under names that they would not have now, if no other table has them too.</summary>
    private const string FormerStamps = """
        SELECT DISTINCT p.oid::regprocedure::text FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
        WHERE t.tgrelid = format('%I.%I', $1, $2)::regclass AND obj_description(p.oid, 'pg_proc') = $3 AND p.proname <> $4
          AND NOT EXISTS (SELECT FROM pg_trigger o WHERE o.tgfoid = p.oid AND o.tgrelid <> t.tgrelid)
        """;

    private const string Rules = """
        SELECT rulename::text FROM pg_rewrite
        WHERE ev_class = format('%I.%I', $1, $2)::regclass AND ev_type IN ('2', '3') AND ev_enabled <> 'D' ORDER BY 1
        """;

    private const string FixedColumns = """
        SELECT column_name::text FROM information_schema.columns
        WHERE table_schema = $1 AND table_name = $2 AND (is_generated = 'ALWAYS' OR identity_generation = 'ALWAYS')
        """;

    /// <summary>Columns whose values have operators of their own: those of pg_catalog are others, if there are any.</summary>
    private const string ForeignColumns = """
        WITH RECURSIVE base (name, type) AS (
          SELECT attname::text, atttypid FROM pg_attribute
          WHERE attrelid = format('%I.%I', $1, $2)::regclass AND attnum > 0 AND NOT attisdropped
          UNION ALL SELECT name, typbasetype FROM base JOIN pg_type ON oid = type WHERE typtype = 'd')
        SELECT name FROM base JOIN pg_type ON oid = type
        WHERE typtype = 'b' AND typcategory <> 'A' AND typnamespace <> 'pg_catalog'::regnamespace
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

    private const string RowTriggers = """
        SELECT tgname::text FROM pg_trigger
        WHERE tgrelid = format('%I.%I', $1, $2)::regclass AND obj_description(tgfoid, 'pg_proc') = $3 AND tgenabled IN ('O', 'A')
        """;

    private const string HasWebRoles = """
        SELECT count(*) = 2 FROM pg_roles WHERE rolname IN ('anon', 'authenticated') AND ($1, $2) IS NOT NULL
        """;

    private const string AttemptTriggers = """
        SELECT count(*) > 0,
          count(*) = cardinality($3) AND COALESCE(bool_and(t.tgname = ANY ($3) AND p.proname = $4 AND t.tgenabled IN ('O', 'A')), false)
        FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
        WHERE t.tgrelid = format('%I.%I', $1, $2)::regclass AND obj_description(p.oid, 'pg_proc') = $5
        """;

    private const string AttemptsTables = """
        SELECT oid::regclass::text FROM pg_class
        WHERE relnamespace = format('%I', $1)::regnamespace AND $2 <> '' AND obj_description(oid, 'pg_class') = ANY ($3) ORDER BY 1
        """;

    /// <summary>Whatever has that name and is no history of ours.</summary>
    private const string IsAttemptsTaken = """
        SELECT EXISTS (
          SELECT FROM pg_class
          WHERE relnamespace = format('%I', $1)::regnamespace AND $2 <> '' AND relname = $3
            AND starts_with(obj_description(oid, 'pg_class'), $4) IS NOT TRUE)
        """;

    private const string JournalOwner = """
        SELECT pg_get_userbyid(j.relowner)::text, COALESCE(pg_has_role(j.relowner, 'USAGE'), false), NOT j.relrowsecurity OR EXISTS (
          SELECT FROM pg_class c, aclexplode(c.relacl) given
          WHERE c.oid IN (j.oid, pg_get_serial_sequence(j.oid::regclass::text, 'id')::regclass) AND given.grantee <> c.relowner)
        FROM pg_class j WHERE j.relnamespace = format('%I', $1)::regnamespace AND j.relname = $2
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
        var ask = new TableCatalog(connection, settings.Schema, settings.Table, cancellationToken);
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
        var (tagBegin, tagEnd) = (MigrationScripts.TagBegin, $".{SqlName.Quoted(settings.Status)}");
        var formers = await ask.ColumnAsync(Formers, tagBegin, tagEnd);
        var made = state with
        {
            Columns = (await ask.RowsAsync(Columns)).ToDictionary(column => column[0], column => column[1], StringComparer.Ordinal),
            Children = await ask.ColumnAsync(Children),
            IsKeyUnique = await ask.IsSoAsync(IsKeyUnique, settings.Key),
            StatusValues = await ask.ColumnAsync(StatusValues, settings.Status) is { Count: > 0 } values ? values : null,
            TakenNames = await ask.ColumnAsync(TakenNames, (object)names.Indexes.ToArray()),
            Indexes = await ask.ColumnAsync(Indexes, tagBegin, tagEnd),
            Formers = formers,
            FormerFunctions = await ask.ColumnAsync(CommentedFunctions, (object)formers.Select(former => tagBegin + former).ToArray()),
            FormerStamps = await ask.ColumnAsync(FormerStamps, stampTag, names.Stamp),
            Rules = await ask.ColumnAsync(Rules),
            FixedColumns = await ask.ColumnAsync(FixedColumns),
            ForeignColumns = await ask.ColumnAsync(ForeignColumns),
            HasFunctions = await ask.IsSoAsync(
                Functions,
                new[] { names.Claim, names.ClaimNext, names.Heartbeat, names.Finish },
                tag,
                settings.Key
            ),
            RowTriggers = await ask.ColumnAsync(RowTriggers, MigrationScripts.RowsTag),
            HasWebRoles = await ask.IsSoAsync(HasWebRoles),
            HasTriggers = await ask.IsSoAsync(Triggers, names.Triggers.ToArray(), stampTag),
        };
        return await WithJournalAsync(connection, target, await WithAttemptsAsync(ask, target, made), cancellationToken);
    }

    private static async Task<TableState> WithAttemptsAsync(TableCatalog ask, MigrationTarget target, TableState state)
    {
        var (settings, names) = (target.Target, target.Names);
        var tags = state.Formers.Prepend(target.Identity).Select(name => MigrationScripts.AttemptsTagBegin + name).ToArray();
        var triggers = (
            await ask.RowsAsync(AttemptTriggers, names.AttemptTriggers.ToArray(), names.Attempt, MigrationScripts.AttemptTag(target))
        )[0];
        var tables = await ask.ColumnAsync(AttemptsTables, (object)tags);
        var prune = await ask.ColumnAsync(CommentedFunctions, (object)tags);
        var isTaken = await ask.IsSoAsync(IsAttemptsTaken, settings.Attempts, MigrationScripts.AttemptsTagBegin);
        return state with
        {
            WritesAttempts = IsTrue(triggers[0]),
            HasAttempts = IsTrue(triggers[1]) && tables.Count > 0 && prune.Count == 1,
            IsAttemptsTaken = settings.Attempts.Length > 0 && isTaken,
            AttemptsTables = tables,
            PruneFunctions = prune,
        };
    }

    private static async Task<TableState> WithJournalAsync(
        NpgsqlConnection connection,
        MigrationTarget target,
        TableState state,
        CancellationToken cancellationToken
    )
    {
        var ask = new TableCatalog(connection, target.Target.Schema, MigrationNames.Journal, cancellationToken);
        if (await ask.RowAsync(JournalOwner) is not { } journal)
        {
            return state;
        }

        if (!IsTrue(journal[1]))
        {
            return state with { HasJournal = true, JournalOwner = journal[0] };
        }

        var sql = new JournalSql(target, state.Formers);
        var read = new TableCatalog(connection, cancellationToken);
        return state with
        {
            HasJournal = true,
            IsJournalOpen = IsTrue(journal[2]),
            Ran = (await read.RowsAsync(sql.Ran)).ToDictionary(script => script[0], script => script[1], StringComparer.Ordinal),
            Added = await read.ColumnAsync(sql.Added),
        };
    }

    private static bool IsTrue(string value) => bool.Parse(value);
}

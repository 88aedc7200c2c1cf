using System.Globalization;
using System.Text;
using CodeRepoOperator.Indexing.Tables;
using DbUp.Engine.Preprocessors;
using DbUp.ScriptProviders;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>
/// Makes the numbered scripts for a target. Their variables are quoted names and literals; what stands in those is not read again.
/// </summary>
/// <param name="target">The target.</param>
/// <param name="types">The types of the table's columns, by name.</param>
/// <param name="maxResets">How often a row may be reset before it is given up.</param>
internal sealed class MigrationScripts(MigrationTarget target, IReadOnlyDictionary<string, string> types, int maxResets)
{
    private readonly Dictionary<string, string> _variables = Variables(target, types, maxResets);

    /// <summary>How such comments begin.</summary>
    public const string TagBegin = "CodeRepo Operator: jobs of ";

    /// <summary>The comment by which the functions and indexes of a target are known, whatever their names.</summary>
    public static string Tag(MigrationTarget target) => TagBegin + target.Identity;

    /// <summary>The comment by which the function of a table's trigger is known: the table may have another name by now.</summary>
    public static string StampTag(MigrationTarget target) => $"CodeRepo Operator: claims by {SqlName.Quoted(target.Target.Status)}";

    /// <summary>The comment by which the function of the triggers is known that tell of rows.</summary>
    public const string RowsTag = "CodeRepo Operator: rows that declare CodeRepos";

    /// <summary>How the comments on histories begin.</summary>
    public const string AttemptsTagBegin = "CodeRepo Operator: attempts of ";

    /// <summary>The comment by which the history of a target is known, and the function that prunes it.</summary>
    public static string AttemptsTag(MigrationTarget target) => AttemptsTagBegin + target.Identity;

    /// <summary>The comment by which the function is known that writes the history, whatever the table's name.</summary>
    public static string AttemptTag(MigrationTarget target) => $"CodeRepo Operator: attempts by {SqlName.Quoted(target.Target.Status)}";

    /// <summary>What the bodies of functions stand in.</summary>
    public string Body => _variables["body"];

    /// <summary>A script for the target.</summary>
    /// <param name="name">Its name, as <c>0001_columns.sql</c>.</param>
    /// <param name="more">Variables of this script alone.</param>
    public MigrationScript Script(string name, params (string Name, string Value)[] more)
    {
        var template = Template(name);
        var values = _variables.Concat(more.Select(one => KeyValuePair.Create(one.Name, one.Value))).ToDictionary(StringComparer.Ordinal);

        // CREATE INDEX CONCURRENTLY and its kin refuse to run in a transaction. The template is asked, not what is made of it: any text
        // may stand in a name.
        var isTransaction = !template.Contains(" CONCURRENTLY ", StringComparison.Ordinal);
        return new MigrationScript(name, new VariableSubstitutionPreprocessor(values).Process(template), isTransaction);
    }

    /// <summary>The script that takes over what was made while the table had another name.</summary>
    public MigrationScript Renamed(IReadOnlyList<string> formers, IReadOnlyList<string> functions)
    {
        var takeOver = new JournalSql(target, formers).TakeOver;
        return Script("0007_renamed.sql", ("drop_functions", Dropped(functions)), ("take_over", takeOver));
    }

    /// <summary>The script that drops an index of ours by an older name.</summary>
    public MigrationScript OtherIndex(string index) =>
        Script("0006_other_index.sql", ("other_index", $"{SqlName.Quoted(target.Target.Schema)}.{SqlName.Quoted(index)}"));

    /// <summary>The script that ends the writing of the history.</summary>
    public MigrationScript NoAttempts(IReadOnlyList<string> pruneFunctions) =>
        Script("0009_attempts.down.sql", ("drop_functions", Dropped(pruneFunctions)));

    /// <summary>The script that drops histories.</summary>
    public MigrationScript NoAttemptsTables(IEnumerable<string> tables) =>
        Script("0009_attempts_table.down.sql", ("attempts_tables", string.Join(", ", tables)));

    private static string Dropped(IReadOnlyList<string> functions) =>
        functions.Count == 0 ? "" : $"DROP FUNCTION IF EXISTS {string.Join(", ", functions)};";

    private static string Template(string name) =>
        new EmbeddedScriptProvider(typeof(MigrationScripts).Assembly, resource => resource == $"migrations/{name}", Encoding.UTF8)
            .GetScripts(connectionManager: null)
            .Single()
            .Contents.TrimEnd();

    private static Dictionary<string, string> Variables(MigrationTarget target, IReadOnlyDictionary<string, string> types, int maxResets)
    {
        var (settings, names) = (target.Target, target.Names);
        var schema = SqlName.Quoted(settings.Schema);
        var columns = new TableColumns(
            types
                .Concat(target.Columns.Select(column => KeyValuePair.Create(column.Column, "")))
                .DistinctBy(column => column.Key)
                .ToDictionary(StringComparer.Ordinal)
        );
        var sql = new TargetSql(settings, columns);
        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["table"] = sql.Table,
            ["table_literal"] = SqlName.Literal(sql.Table),
            ["schema_literal"] = SqlName.Literal(schema),
            ["key"] = SqlName.Quoted(settings.Key),
            ["key_type"] = types.GetValueOrDefault(settings.Key, ""),
            ["key_type_literal"] = SqlName.Literal(types.GetValueOrDefault(settings.Key, "")),
            ["status"] = SqlName.Quoted(settings.Status),
            ["status_type"] = types.GetValueOrDefault(settings.Status, ""),
            ["active"] = SqlName.Literal(settings.Active),
            ["asking"] =
                $"CASE WHEN t.{SqlName.Quoted(settings.Status)} OPERATOR(pg_catalog.=) {SqlName.Literal(settings.Active)} THEN '-infinity' "
                + "ELSE asking END",
            ["is_active"] = sql.IsActive,
            ["sign_of_life"] = sql.SignOfLife,
            ["row_sign_of_life"] = new TargetSql(settings, columns, "t").SignOfLife,
            ["waiting_sign_of_life"] = new TargetSql(settings, columns, "w").SignOfLife,
            ["old_sign_of_life"] = new TargetSql(settings, columns, "OLD").SignOfLife,
            ["threshold"] = SqlName.Literal(string.Create(CultureInfo.InvariantCulture, $"{target.Threshold.TotalSeconds} seconds")),
            ["has_web_roles"] = target.HasWebRoles ? "true" : "false",
            ["max_resets"] = maxResets.ToString(CultureInfo.InvariantCulture),
            ["notify"] = settings.Notify
                ? $"PERFORM pg_catalog.pg_notify('{MigrationNames.Channel}', {SqlName.Literal($"{settings.Schema}.{settings.Table}")});"
                : "NULL;",
            ["tag"] = SqlName.Literal(Tag(target)),
            ["stamp_tag"] = SqlName.Literal(StampTag(target)),
        };
        IEnumerable<(string Name, string Value)> made =
        [
            .. OptionalColumns(settings),
            .. Made(names, schema),
            .. Functions(names, schema, types.GetValueOrDefault(settings.Key, "")),
            .. History(target, schema),
            .. Declaring(settings, types),
        ];
        foreach (var (name, value) in made)
        {
            variables.Add(name, value);
        }

        variables["can_be_claimed"] = CanBeClaimed(variables);
        (variables["is_stamped"], variables["clear_stamps"]) = Stamps(
            variables["started"],
            variables["heartbeat_column"],
            types.ContainsKey(settings.Completed)
        );
        variables["body"] = DollarQuote(variables.Values);
        AddTriggerDrops(variables);
        return variables;
    }

    private static IEnumerable<(string Name, string Value)> OptionalColumns(IndexingTarget settings) =>
        [
            ("started", Quoted(settings.Started)),
            ("heartbeat_column", Quoted(settings.Heartbeat)),
            ("token", Quoted(settings.Token)),
            ("resets", Quoted(settings.Resets)),
            ("holder_column", Quoted(settings.Holder)),
            ("not_before", Quoted(settings.NotBefore)),
            ("url", Quoted(settings.Url)),
        ];

    /// <summary>What the migration makes, by the names that it gives.</summary>
    private static IEnumerable<(string Name, string Value)> Made(MigrationNames names, string schema)
    {
        string Qualified(string name) => $"{schema}.{SqlName.Quoted(name)}";
        return
        [
            ("claim", Qualified(names.Claim)),
            ("claim_next", Qualified(names.ClaimNext)),
            ("heartbeat", Qualified(names.Heartbeat)),
            ("finish", Qualified(names.Finish)),
            ("stamp", Qualified(names.Stamp)),
            ("stamp_name", SqlName.Quoted(names.Stamp)),
            ("inserted_name", SqlName.Quoted(names.Inserted)),
            ("updated_name", SqlName.Quoted(names.Updated)),
            ("changed", Qualified(names.Changed)),
            ("changed_literal", SqlName.Literal($"{Qualified(names.Changed)}()")),
            ("row_made_name", SqlName.Quoted(names.RowMade)),
            ("row_changed_name", SqlName.Quoted(names.RowChanged)),
            ("rows_gone_name", SqlName.Quoted(names.RowsGone)),
            ("stamp_literal", SqlName.Literal($"{Qualified(names.Stamp)}()")),
            ("index", Qualified(names.ActiveIndex)),
            ("index_name", SqlName.Quoted(names.ActiveIndex)),
            ("url_index", Qualified(names.UrlIndex)),
            ("url_index_name", SqlName.Quoted(names.UrlIndex)),
            ("waiting_index", Qualified(names.WaitingIndex)),
            ("waiting_index_name", SqlName.Quoted(names.WaitingIndex)),
        ];
    }

    /// <summary>What tells of rows that declare CodeRepos: those are made of some columns, as far as the table has them.</summary>
    private static IEnumerable<(string Name, string Value)> Declaring(IndexingTarget settings, IReadOnlyDictionary<string, string> types)
    {
        string[] named = [settings.Key, settings.Url, settings.Branch, settings.Tenant, IndexingTarget.NameColumn];
        var columns = named.Where(types.ContainsKey).Distinct(StringComparer.Ordinal).Select(SqlName.Quoted).ToList();
        return
        [
            ("rows_tag", SqlName.Literal(RowsTag)),
            ("rows_prefix", SqlName.Literal(RowChannel.Prefix(settings))),
            ("declaring_columns", string.Join(", ", columns)),
            ("declaration_differs", string.Join(" OR ", columns.Select(one => $"OLD.{one}::text IS DISTINCT FROM NEW.{one}::text"))),
        ];
    }

    /// <summary>The functions with their parameters, as a name of <c>regprocedure</c>.</summary>
    private static IEnumerable<(string Name, string Value)> Functions(MigrationNames names, string schema, string keyType)
    {
        string Literal(string name, string parameters) => SqlName.Literal($"{schema}.{SqlName.Quoted(name)}({parameters})");
        return
        [
            ("claim_function", Literal(names.Claim, $"{keyType}, interval, text, boolean")),
            ("claim_next_function", Literal(names.ClaimNext, "text[], interval, text")),
            ("heartbeat_function", Literal(names.Heartbeat, $"{keyType}, bigint")),
            ("finish_function", Literal(names.Finish, $"{keyType}, bigint, text")),
        ];
    }

    /// <summary>The history. Where there is none, no script with these names in it is run.</summary>
    private static IEnumerable<(string Name, string Value)> History(MigrationTarget target, string schema)
    {
        var (settings, names) = (target.Target, target.Names);
        var table = settings.Attempts.Length == 0 ? "" : $"{schema}.{SqlName.Quoted(settings.Attempts)}";
        var (attempt, prune) = ($"{schema}.{SqlName.Quoted(names.Attempt)}", $"{schema}.{SqlName.Quoted(settings.PruneFunction)}");
        return
        [
            ("attempts", table),
            ("attempts_literal", SqlName.Literal(table)),
            ("attempts_tag", SqlName.Literal(AttemptsTag(target))),
            ("attempt_tag", SqlName.Literal(AttemptTag(target))),
            ("attempt", attempt),
            ("attempt_literal", SqlName.Literal($"{attempt}()")),
            ("attempt_inserted", SqlName.Quoted(names.AttemptInserted)),
            ("attempt_updated", SqlName.Quoted(names.AttemptUpdated)),
            ("attempt_deleted", SqlName.Quoted(names.AttemptDeleted)),
            ("prune", prune),
            ("prune_literal", SqlName.Literal($"{prune}(interval, integer)")),
            ("max_attempts", target.MaxAttempts.ToString(CultureInfo.InvariantCulture)),
        ];
    }

    /// <summary>Of each kind of triggers, what drops them all, and what drops those under other names.</summary>
    private static void AddTriggerDrops(Dictionary<string, string> variables)
    {
        (string Kind, string Function, string Tag)[] triggers =
        [
            ("stamp", "stamp_literal", "stamp_tag"),
            ("attempt", "attempt_literal", "attempt_tag"),
            ("row", "changed_literal", "rows_tag"),
        ];
        foreach (var (kind, function, tag) in triggers)
        {
            variables[$"drop_{kind}_triggers"] = DropTriggers(variables, variables[tag], kept: null);
            variables[$"drop_other_{kind}_triggers"] = DropTriggers(variables, variables[tag], variables[function]);
        }
    }

    /// <summary>
    /// Drops the triggers of the table whose function has a comment of ours, and their functions unless another table has them too.
    /// </summary>
    /// <param name="names">The table, and what bodies stand in.</param>
    /// <param name="tag">The comment, as a literal.</param>
    /// <param name="kept">The function that stays, as a literal; null: none.</param>
    private static string DropTriggers(Dictionary<string, string> names, string tag, string? kept)
    {
        var (body, table) = (names["body"], names["table_literal"]);
        var isOther = kept is null ? "" : $"old.function <> {kept}::regprocedure AND ";
        return $"""
            DO {body}
            DECLARE old record;
            BEGIN
              FOR old IN SELECT tgname, tgfoid::regprocedure AS function FROM pg_trigger
                         WHERE tgrelid = {table}::regclass AND obj_description(tgfoid, 'pg_proc') = {tag}
              LOOP
                EXECUTE format('DROP TRIGGER %I ON %s', old.tgname, {table}::regclass);
                IF {isOther}NOT EXISTS (SELECT FROM pg_trigger WHERE tgfoid = old.function::oid) THEN
                  EXECUTE format('DROP FUNCTION %s', old.function);
                END IF;
              END LOOP;
            END {body};
            """;
    }

    /// <summary>Whether the row of the key <c>$1</c> is free: nobody holds it and it was not given up, or its holder is silent.</summary>
    private static string CanBeClaimed(Dictionary<string, string> names) =>
        $"""
            t.{names["key"]} OPERATOR(pg_catalog.=) $1
                  AND (((t.{names["status"]} OPERATOR(pg_catalog.=) {names["active"]}) IS NOT TRUE
                      AND COALESCE(t.{names["resets"]}, 0) OPERATOR(pg_catalog.<=) {names["max_resets"]})
                    OR (t.{names["status"]} OPERATOR(pg_catalog.=) {names["active"]}
                      AND ({names["row_sign_of_life"]} OPERATOR(pg_catalog.<) stale_before
                          AND pg_catalog.pg_postmaster_start_time() OPERATOR(pg_catalog.<) stale_before
                        OR {names["row_sign_of_life"]} OPERATOR(pg_catalog.=) '-infinity')))
            """;

    /// <summary>
    /// Whether a row that is not active has stamps, and how they are cleared. Where rows have a column of their end, they are the
    /// history of jobs, and the start is part of that: it stays, under a heartbeat that no age can be seen by.
    /// </summary>
    private static (string IsStamped, string Clear) Stamps(string started, string heartbeat, bool keepsStart) =>
        keepsStart
            ? (
                $"NEW.{started} IS NOT NULL AND (NEW.{heartbeat} OPERATOR(pg_catalog.=) 'infinity') IS NOT TRUE",
                $"NEW.{heartbeat} := CASE WHEN NEW.{started} IS NOT NULL THEN 'infinity'::pg_catalog.timestamptz END;"
            )
            : ($"NEW.{started} IS NOT NULL OR NEW.{heartbeat} IS NOT NULL", $"NEW.{started} := NULL; NEW.{heartbeat} := NULL;");

    /// <summary>A column that a target need not have: the scripts that speak of it are not run then.</summary>
    private static string Quoted(string column) => column.Length == 0 ? "" : SqlName.Quoted(column);

    /// <summary>What a function's body stands in: nothing that any name or literal has in it, or it would end the body.</summary>
    private static string DollarQuote(IReadOnlyCollection<string> texts) =>
        Enumerable
            .Range(0, int.MaxValue)
            .Select(number => number == 0 ? "$body$" : $"$body{number}$")
            .First(quote => !texts.Any(text => text.Contains(quote, StringComparison.Ordinal)));
}

using CodeRepoOperator.Indexing.Tables;
using Npgsql;
using NpgsqlTypes;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>
/// What the sweep asks of a table. Each change is one statement: it locks the rows that it is about, skips those that others have
/// locked, and checks again what it changes, since a row may have got a sign of life between the look at it and the lock.
/// </summary>
internal sealed class SweepSql
{
    private const string Never = "'-infinity'::timestamptz";

    /// <summary>Before the server was started nobody could give a sign of life, so that no silence counts from before.</summary>
    private const string ServerStart = "pg_catalog.pg_postmaster_start_time()";

    private const string Lock = "FOR NO KEY UPDATE OF t SKIP LOCKED";

    private readonly SweepColumns _columns;
    private readonly TargetSql _sql;
    private readonly string _key;
    private readonly IndexingOptions _options;

    /// <param name="target">The target.</param>
    /// <param name="columns">The columns that its table has: what is missing is left out.</param>
    /// <param name="options">How often a row is reset before it is given up, and how long it is kept back.</param>
    public SweepSql(IndexingTarget target, TableColumns columns, IndexingOptions options)
    {
        (_sql, _options) = (new TargetSql(target, columns, "t"), options);
        _columns = new SweepColumns(target, columns, _sql);
        _key = _sql.Column(target.Key);
    }

    private string Sign => _sql.SignOfLife;

    /// <summary>A row without a key could not be named, and so not be changed.</summary>
    private string IsActive => $"{_sql.IsActive} AND {_key} IS NOT NULL";

    private string NeedsStamp => $"{IsActive} AND ({Sign} <= {Never} OR {Sign} > now())";

    /// <summary>
    /// How both ends of the index look. Each part is a walk over the index that ends with its first row; <c>EXISTS</c> would be
    /// answered by a scan of the table, in hope of an early match.
    /// </summary>
    public NpgsqlBatchCommand Look() =>
        new(
            $"""
            SELECT
              now(),
              (SELECT true FROM {_sql.Table} AS t WHERE {_sql.IsActive} AND {Sign} <= {Never} ORDER BY {Sign} LIMIT 1),
              (SELECT true FROM {_sql.Table} AS t WHERE {_sql.IsActive} AND {Sign} > now() ORDER BY {Sign} DESC LIMIT 1),
              (SELECT EXTRACT(epoch FROM now() - {Sign})::float8 FROM {_sql.Table} AS t
               WHERE {_sql.IsActive} AND {Sign} > {Never} AND {Sign} <= now() ORDER BY {Sign} LIMIT 1),
              {ServerStart},
              pg_catalog.row_security_active({SqlName.Literal(_sql.Table)}::pg_catalog.regclass)
            """
        );

    /// <summary>Counts the rows that were stuck at a time and are so still.</summary>
    public NpgsqlBatchCommand CountStuck(DateTime at, TimeSpan threshold, IReadOnlyCollection<string> excluded) =>
        new(
            $"""
            SELECT count(*) FROM {_sql.Table} AS t
            WHERE {IsActive} AND {Sign} > {Never} AND {Sign} < $1 - $2 AND {ServerStart} < $1 - $2
              AND ($3 IS NULL OR {_key}::text <> ALL ($3))
            """
        )
        {
            Parameters =
            {
                new() { Value = at, NpgsqlDbType = NpgsqlDbType.TimestampTz },
                Of(threshold),
                Excluded(excluded),
            },
        };

    /// <summary>The stuck rows, the oldest first, in the order of their positions.</summary>
    /// <param name="threshold">How long a row may be without a sign of life.</param>
    /// <param name="excluded">The keys of rows that are passed over.</param>
    /// <param name="after">The position behind which they are; null: the first.</param>
    /// <param name="limit">How many at most; null: all.</param>
    public NpgsqlBatchCommand FindStuck(TimeSpan threshold, IReadOnlyCollection<string> excluded, RowPosition? after, int? limit) =>
        Find(
            StuckByThreshold(after is null ? "" : Behind("$5", "$6"), $", {_key}"),
            [.. ByThreshold(threshold, excluded, limit), .. Of(after)]
        );

    /// <summary>Those of these rows that are stuck, each by its own threshold.</summary>
    public NpgsqlBatchCommand FindStuck(IReadOnlyCollection<KeyValuePair<string, TimeSpan>> thresholds) =>
        Find(StuckByKey, ByKey(thresholds));

    /// <summary>Resets stuck rows, the oldest first.</summary>
    public NpgsqlBatchCommand ResetStuck(TimeSpan threshold, IReadOnlyCollection<string> excluded, int limit) =>
        Reset(ResetCause.Silent, StuckByThreshold(), IsStuck("found.threshold"), ByThreshold(threshold, excluded, limit));

    /// <summary>Resets those of these rows that are stuck, each by its own threshold.</summary>
    public NpgsqlBatchCommand ResetStuck(IReadOnlyCollection<KeyValuePair<string, TimeSpan>> thresholds) =>
        Reset(ResetCause.Silent, StuckByKey, IsStuck("found.threshold"), ByKey(thresholds));

    /// <summary>Whether rows say who holds them.</summary>
    public bool KnowsHolders => _columns.HasHolder;

    /// <summary>Who holds rows, of those that say so and begin with this.</summary>
    /// <param name="prefix">What they begin with; without a wildcard of LIKE.</param>
    /// <param name="longest">The length of the longest, in characters.</param>
    public NpgsqlBatchCommand Holders(string prefix, int longest) =>
        With(
            new(
                $"SELECT DISTINCT {_columns.Holder} FROM {_sql.Table} AS t WHERE {IsActive} AND {_columns.Holder} LIKE $1 AND "
                    + $"length({_columns.Holder}) <= $2"
            ),
            new NpgsqlParameter { Value = prefix + '%' },
            Of(longest)
        );

    /// <summary>The rows that these hold, in the order of their positions.</summary>
    /// <param name="holders">The holders.</param>
    /// <param name="after">The position behind which they are; null: the first.</param>
    /// <param name="limit">How many at most; null: all.</param>
    public NpgsqlBatchCommand FindLeft(IReadOnlyCollection<string> holders, RowPosition? after, int? limit) =>
        Find(Left(after is null ? "" : Behind("$4", "$5"), $", {_key}"), [.. ByHolder(holders, limit), .. Of(after)]);

    /// <summary>Resets rows that these hold.</summary>
    /// <param name="holders">The holders.</param>
    /// <param name="keys">Which of them; null: any.</param>
    /// <param name="limit">How many at most.</param>
    public NpgsqlBatchCommand ResetLeft(IReadOnlyCollection<string> holders, IReadOnlyList<string>? keys, int limit) =>
        keys is null
            ? Reset(ResetCause.PodGone, Left(""), IsLeft, ByHolder(holders, limit))
            : Reset(ResetCause.PodGone, Left($" AND {_key} = ANY ($4)"), IsLeft, [.. ByHolder(holders, limit), KeyArray.Parameter(keys)]);

    /// <summary>The rows that need a stamp, in the order of their positions.</summary>
    /// <param name="future">Whether they are those whose stamp is yet to come; else those without one.</param>
    /// <param name="after">The position behind which they are; null: the first.</param>
    /// <param name="limit">How many at most.</param>
    public NpgsqlBatchCommand FindUnstamped(bool future, RowPosition? after, int limit) =>
        With(
            new(
                $"""
                SELECT found.key::text, 0::float8, NULL::bigint, false, found.seen FROM (
                  {Unstamped(future, after is null ? "" : Behind("$2", "$3"), $", {_key}")}) AS found
                """
            ),
            [Of(limit), .. Of(after)]
        );

    /// <summary>
    /// Gives rows a stamp of now: those that have none (their grace begins, and outlives this process), or those whose stamp is yet
    /// to come, which no age could ever reach.
    /// </summary>
    public NpgsqlBatchCommand Stamp(bool future, int limit) => With(new(StampText(Unstamped(future))), Of(limit));

    /// <summary>Gives those of these rows a stamp of now that need one.</summary>
    public NpgsqlBatchCommand Stamp(IReadOnlyCollection<string> keys) =>
        With(
            new(StampText($"SELECT {_key} AS key, {Sign} AS seen FROM {_sql.Table} AS t WHERE {_key} = ANY ($1) AND {NeedsStamp}")),
            KeyArray.Parameter(keys)
        );

    private string StuckByThreshold(string behind = "", string thenBy = "") =>
        $"""
            SELECT {_key} AS key, {Sign} AS seen, {_columns.Resets} AS resets, $2::interval AS threshold
              FROM {_sql.Table} AS t
              WHERE {IsStuck("$2")} AND ($3::text[] IS NULL OR {_key}::text <> ALL ($3)){behind}
              ORDER BY {Sign}{thenBy} LIMIT $4
            """;

    /// <summary>By the index of the key, or by that of the shortest threshold: the planner chooses.</summary>
    private string StuckByKey =>
        $"""
            SELECT {_key} AS key, {Sign} AS seen, {_columns.Resets} AS resets, own.threshold
              FROM {_sql.Table} AS t JOIN unnest($2::text[], $3::interval[]) AS own (key, threshold) ON own.key = {_key}::text
              WHERE {IsStuck("own.threshold")} AND {Sign} < now() - $4 AND {_key} = ANY ($5)
              ORDER BY {Sign}
            """;

    private string IsStuck(string threshold) =>
        $"{IsActive} AND {Sign} > {Never} AND {Sign} < now() - {threshold} AND {ServerStart} < now() - {threshold}";

    /// <summary>The index leads to the sign of life; rows that have the same one are distinguished by their keys.</summary>
    private string Behind(string seen, string key) => $" AND {Sign} >= {seen} AND ({Sign} > {seen} OR {_key} > {key})";

    /// <summary>Whoever has taken the row since is another holder.</summary>
    private string IsLeft => $"{IsActive} AND {_columns.Holder} = ANY ($2)";

    private string Left(string more, string thenBy = "") =>
        $"""
            SELECT {_key} AS key, {Sign} AS seen, {_columns.Resets} AS resets
              FROM {_sql.Table} AS t
              WHERE {IsLeft}{more}
              ORDER BY {Sign}{thenBy} LIMIT $3
            """;

    private string Unstamped(bool future, string behind = "", string thenBy = "") =>
        $"""
            SELECT {_key} AS key, {Sign} AS seen FROM {_sql.Table} AS t
              WHERE {IsActive} AND {Sign} {(future ? "> now()" : $"<= {Never}")}{behind}
              ORDER BY {Sign}{thenBy} LIMIT $1
            """;

    private string StampText(string found) =>
        $"""
            WITH found AS MATERIALIZED (
              {found}
              {Lock}),
            done AS (
              UPDATE {_sql.Table} AS t SET {_columns.StampAssignments}
              FROM found WHERE {_key} = found.key AND {NeedsStamp}
              RETURNING {_key} AS key)
            SELECT found.key::text, 0::float8, NULL::bigint, done.key IS NOT NULL, found.seen
            FROM found LEFT JOIN done ON done.key = found.key
            """;

    /// <summary>
    /// Resets what is found and, once it is locked, is as it was found. For the trigger that writes the history it says why, in a setting
    /// of this transaction alone.
    /// </summary>
    private NpgsqlBatchCommand Reset(ResetCause cause, string found, string isSo, NpgsqlParameter[] parameters)
    {
        var (delay, maxDelay) = ($"${parameters.Length + 1}", $"${parameters.Length + 2}");
        return With(
            new(
                $"""
                WITH found AS MATERIALIZED (
                  {found}
                  {Lock}),
                done AS (
                  UPDATE {_sql.Table} AS t SET {_columns.ResetAssignments("$1", delay, maxDelay)}
                  FROM found WHERE {_key} = found.key AND {isSo} AND set_config('coderepo.cause', '{cause.Name()}', true) IS NOT NULL
                  RETURNING {_key} AS key)
                SELECT found.key::text, EXTRACT(epoch FROM now() - found.seen)::float8, found.resets, done.key IS NOT NULL, found.seen
                FROM found LEFT JOIN done ON done.key = found.key
                """
            ),
            _columns.CanDelay ? [.. parameters, Of(_options.RetryDelay), Of(_options.MaxRetryDelay)] : parameters
        );
    }

    private static NpgsqlBatchCommand Find(string found, NpgsqlParameter[] parameters) =>
        With(
            new(
                $"SELECT found.key::text, EXTRACT(epoch FROM now() - found.seen)::float8, found.resets, false, found.seen FROM ({found}) "
                    + "AS found"
            ),
            parameters
        );

    private NpgsqlParameter[] ByThreshold(TimeSpan threshold, IReadOnlyCollection<string> excluded, int? limit) =>
        [Of(_options.MaxResets), Of(threshold), Excluded(excluded), Of(limit)];

    private NpgsqlParameter[] ByHolder(IReadOnlyCollection<string> holders, int? limit) =>
        [Of(_options.MaxResets), new() { Value = holders.ToArray() }, Of(limit)];

    private NpgsqlParameter[] ByKey(IReadOnlyCollection<KeyValuePair<string, TimeSpan>> thresholds)
    {
        var keys = thresholds.Select(row => row.Key).ToArray();
        var times = new NpgsqlParameter
        {
            Value = thresholds.Select(row => Elapsed(row.Value)).ToArray(),
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Interval,
        };
        var shortest = thresholds.Select(row => row.Value).DefaultIfEmpty().Min();
        return [Of(_options.MaxResets), new() { Value = keys }, times, Of(shortest), KeyArray.Parameter(keys)];
    }

    private static NpgsqlParameter Of(TimeSpan time) => new() { Value = Elapsed(time), NpgsqlDbType = NpgsqlDbType.Interval };

    /// <summary>
    /// An interval without days. Npgsql makes days of every 24 hours of a <see cref="TimeSpan"/>, and by the clock of a session's time
    /// zone a day may have 23 hours, or 25.
    /// </summary>
    private static NpgsqlInterval Elapsed(TimeSpan time) => new(months: 0, days: 0, time: time.Ticks / TimeSpan.TicksPerMicrosecond);

    private static NpgsqlParameter Of(int? number) =>
        new() { Value = number is { } some ? some : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer };

    /// <summary>The key's type is that of its column, as with <see cref="KeyArray"/>.</summary>
    private static NpgsqlParameter[] Of(RowPosition? position) =>
        position is null
            ? []
            :
            [
                new NpgsqlParameter<long> { TypedValue = position.Seen, NpgsqlDbType = NpgsqlDbType.TimestampTz },
                new() { Value = position.Key, NpgsqlDbType = NpgsqlDbType.Unknown },
            ];

    private static NpgsqlParameter Excluded(IReadOnlyCollection<string> keys) =>
        new() { Value = keys.Count == 0 ? DBNull.Value : keys.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };

    private static NpgsqlBatchCommand With(NpgsqlBatchCommand command, params NpgsqlParameter[] parameters)
    {
        command.Parameters.AddRange(parameters);
        return command;
    }
}

using System.Globalization;
using System.Text.RegularExpressions;
using CodeRepoOperator.Indexing.Tables;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>What the sweep writes into the columns of a row; columns that its table has not are left out.</summary>
/// <param name="target">The target.</param>
/// <param name="columns">The columns that its table has.</param>
/// <param name="sql">The names of the row, with the alias that the statements give its table.</param>
internal sealed partial class SweepColumns(IndexingTarget target, TableColumns columns, TargetSql sql)
{
    /// <summary>From a millisecond to twelve days, and from an hour to 120,000 years.</summary>
    private const int MaxDoublings = 30;

    private const string Utc = "'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'";

    /// <summary>Whether rows say who holds them.</summary>
    public bool HasHolder => columns.Has(target.Holder);

    /// <summary>Who holds a row.</summary>
    public string Holder => sql.Column(target.Holder);

    /// <summary>How often a row was reset so far.</summary>
    public string Resets => columns.Has(target.Resets) ? $"COALESCE({sql.Column(target.Resets)}, 0)::bigint" : "NULL::bigint";

    /// <summary>
    /// The stamps of a row that needs one. A stamp in the past is left as it is. The status is not set, so that the trigger does not
    /// take this for a claim, and the token stays: whoever holds the row holds it still.
    /// </summary>
    public string StampAssignments
    {
        get
        {
            string[] stamps = [.. new[] { target.Started, target.Heartbeat }.Where(columns.Has)];
            return string.Join(
                ", ",
                stamps.Select(
                    (name, index) =>
                    {
                        var isFirst = index == 0 ? $"{sql.SignOfLife} <= '-infinity' OR " : "";
                        return $"{SqlName.Quoted(name)} = CASE WHEN {isFirst}{sql.Column(name)} > now() THEN now() ELSE "
                            + $"{sql.Column(name)} END";
                    }
                )
            );
        }
    }

    /// <summary>Whether a reset says from when on the row may be claimed again.</summary>
    public bool CanDelay => ColumnCheck.CanDelay(target, columns);

    /// <summary>
    /// What a reset sets. The token grows, so that a heartbeat or finish of the job that was given up finds that it lost the row.
    /// The count of resets grows in the same statement: the trigger takes a status that leaves without it for a finish.
    /// </summary>
    /// <param name="maxResets">The parameter of how often a row is reset before it is given up.</param>
    /// <param name="delay">The parameter of how long the row is kept back after the second reset in a row.</param>
    /// <param name="maxDelay">The parameter of how long it is kept back at most.</param>
    public string ResetAssignments(string maxResets, string delay, string maxDelay)
    {
        var assignments = new List<string> { $"{SqlName.Quoted(target.Status)} = {Status(maxResets)}" };
        if (columns.Has(target.Token))
        {
            assignments.Add($"{SqlName.Quoted(target.Token)} = {Next(target.Token)}");
        }

        if (columns.Has(target.Resets))
        {
            assignments.Add($"{SqlName.Quoted(target.Resets)} = {Next(target.Resets)}");
        }

        if (CanDelay)
        {
            assignments.Add($"{SqlName.Quoted(target.NotBefore)} = {NotBefore(maxResets, delay, maxDelay)}");
        }

        if (columns.Types.GetValueOrDefault(target.Completed)?.StartsWith("timestamp", StringComparison.Ordinal) == true)
        {
            var zone = columns.Types[target.Completed].EndsWith("without time zone", StringComparison.Ordinal) ? " AT TIME ZONE 'UTC'" : "";
            assignments.Add($"{SqlName.Quoted(target.Completed)} = now(){zone}");
        }

        if (columns.Has(target.Error))
        {
            assignments.Add($"{SqlName.Quoted(target.Error)} = {Cut(Sentence(maxResets))}");
        }

        return string.Join(", ", assignments);
    }

    private string IsExhausted(string maxResets) => $"COALESCE({sql.Column(target.Resets)}, 0) >= {maxResets}";

    /// <summary>
    /// From when on the row may be claimed again. After the first reset that is now, and after the last one as well: once its count is set
    /// back, the row is to be tried. The delay has doubled often enough before a power of it leaves what an interval holds.
    /// </summary>
    private string NotBefore(string maxResets, string delay, string maxDelay) =>
        $"now() + CASE WHEN {Resets} >= 1 AND {Resets} < {maxResets} "
        + $"THEN LEAST({delay} * power(2, LEAST({Resets} - 1, {MaxDoublings})), {maxDelay}) ELSE interval '0' END";

    /// <summary>
    /// The next number, or the same at the end of what the column's type holds. No job gets there by counting, but whoever may write the
    /// row may have written it. Such a token fences still: the row is active no more, and there is no higher one.
    /// </summary>
    private string Next(string column)
    {
        var last = columns.Types[column] == "integer" ? "2147483647" : "9223372036854775807";
        var number = $"COALESCE({sql.Column(column)}, 0)";
        return $"CASE WHEN {number} < {last} THEN {number} + 1 ELSE {number} END";
    }

    /// <summary>The branch that is never taken gives the literals the type of the column, which may be an enum.</summary>
    private string Status(string maxResets) =>
        target.Exhausted is { Length: > 0 } exhausted && exhausted != target.Reset && columns.Has(target.Resets)
            ? $"CASE WHEN {IsExhausted(maxResets)} THEN {SqlName.Literal(exhausted)} WHEN true THEN {SqlName.Literal(target.Reset)} "
                + $"ELSE {sql.Column(target.Status)} END"
            : SqlName.Literal(target.Reset);

    private string Sentence(string maxResets)
    {
        var since = $"to_char({sql.SignOfLife} AT TIME ZONE 'UTC', {Utc})";
        return columns.Has(target.Resets)
            ? $"CASE WHEN {IsExhausted(maxResets)}"
                + " THEN format('No sign of life since %s: given up by coderepo-operator after %s resets in a row. To have it tried "
                + $"again, set %s to 0.', {since}, {maxResets}, {SqlName.Literal(target.Resets)})"
                + $" ELSE format('No sign of life since %s: reset by coderepo-operator, %s of at most %s times in a row.', {since}, "
                + $"{Next(target.Resets)}, {maxResets}) END"
            : $"format('No sign of life since %s: reset by coderepo-operator.', {since})";
    }

    /// <summary>A column may have a length: a sentence that is cut off is better than a row that stays stuck.</summary>
    private string Cut(string sentence) =>
        LengthPattern().Match(columns.Types[target.Error]) is { Success: true } length
            ? $"left({sentence}, {int.Parse(length.Groups["length"].Value, CultureInfo.InvariantCulture)})"
            : sentence;

    [GeneratedRegex(@"^character.*\((?<length>[0-9]{1,8})\)$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex LengthPattern();
}

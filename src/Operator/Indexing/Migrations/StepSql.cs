using System.Globalization;
using System.Text;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>What stands around the scripts when they run, and how they look when they are only printed.</summary>
internal static class StepSql
{
    /// <summary>
    /// How long a script may wait for a strong lock at most. Whoever comes after it waits behind it, so it gives way and tries again:
    /// a client is held up by no more than this and the moment that the script takes.
    /// </summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// What the session is set to. Names mean PostgreSQL's own things, whatever the role's search_path is. Building an index takes
    /// as long as it takes, and waits for old transactions without holding anybody up: whatever limits the role has, by whichever of the
    /// settings that the server's version knows.
    /// </summary>
    public const string Session = """
        SET search_path = pg_catalog;
        SET client_min_messages = warning;
        DO $$ BEGIN
          PERFORM set_config(name, '0', false) FROM pg_settings WHERE name IN
            ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout', 'transaction_timeout');
        END $$;
        """;

    /// <summary>What a transaction with a strong lock begins with.</summary>
    public static string Begin(TimeSpan lockTimeout) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"SET LOCAL lock_timeout = {Math.Max(1, (int)Min(lockTimeout, LongestWait).TotalMilliseconds)};"
        );

    /// <summary>The scripts as psql runs them: the same statements in the same order, and the journal's.</summary>
    public static string Printed(IReadOnlyList<MigrationStep> steps, TimeSpan lockTimeout)
    {
        var text = new StringBuilder();
        text.AppendLine(
            "-- For psql, on a connection to PostgreSQL itself. If it ends at a lock timeout, run it again: migrate prints what is left "
                + "to do."
        );
        text.AppendLine(@"\set ON_ERROR_STOP on").AppendLine(Session);
        foreach (var step in steps)
        {
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"-- {OneLine(step.Target.Shown)}: {step.Script.Name}");
            if (step.Script.IsTransaction)
            {
                text.AppendLine("BEGIN;").AppendLine(Begin(lockTimeout));
            }

            text.AppendLine(step.Sql);
            if (step.Script.IsTransaction)
            {
                text.AppendLine("COMMIT;");
            }
        }

        return text.ToString();
    }

    /// <summary>A name in a comment must not end the comment.</summary>
    private static string OneLine(string name) => string.Concat(name.Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' ? ' ' : c));

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}

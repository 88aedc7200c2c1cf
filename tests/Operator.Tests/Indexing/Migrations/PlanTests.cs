using CodeRepoOperator.Indexing.Tables;
using DbUp.Postgresql;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>What is left to do, by what there is.</summary>
public sealed class PlanTests
{
    private const int MaxResets = 5;

    private static readonly MigrationTarget Target = new(new IndexingTarget(), 0);

    private static readonly TableState Original = new()
    {
        Kind = "r",
        Columns = new Dictionary<string, string>
        {
            ["id"] = "uuid",
            ["status"] = "text",
            ["git_url"] = "text",
            ["indexing_started_at"] = "timestamp with time zone",
        },
    };

    private static readonly TableState Migrated = After(Original);

    [Fact]
    public void A_table_that_was_never_migrated_gets_all_and_only_the_columns_that_it_lacks()
    {
        var steps = UpPlan.For(Target, Original, MaxResets);

        Assert.Equal(
            [
                "0001_columns.sql",
                "0002_active_index.sql",
                "0003_url_index.sql",
                "0008_waiting_index.sql",
                "0004_functions.sql",
                "0005_trigger.sql",
            ],
            steps.Select(step => step.Script.Name)
        );
        Assert.DoesNotContain("\"indexing_started_at\" timestamptz", steps[0].Script.Sql, StringComparison.Ordinal);
        Assert.EndsWith(
            "ARRAY['indexing_heartbeat_at', 'indexing_token', 'indexing_resets', 'indexing_holder', 'indexing_not_before']::text[]);",
            steps[0].Record,
            StringComparison.Ordinal
        );
        Assert.Equal([true, false, false, false, false, false], steps.Select(step => step.Prepare.Length > 0));
        Assert.Equal([true, false, false, false, true, true], steps.Select(step => step.Script.IsTransaction));
    }

    [Fact]
    public void One_that_is_migrated_gets_nothing() => Assert.Empty(UpPlan.For(Target, Migrated, MaxResets));

    [Fact]
    public void Another_limit_of_resets_makes_all_anew_that_knows_it() =>
        Assert.Equal(
            ["0008_waiting_index.sql", "0004_functions.sql"],
            UpPlan.For(Target, Migrated, MaxResets + 1).Select(step => step.Script.Name)
        );

    [Theory]
    [InlineData("an index is gone", "0003_url_index.sql")]
    [InlineData("an index has an older name", "0006_other_index.sql")]
    [InlineData("the functions are gone", "0004_functions.sql")]
    [InlineData("the trigger is gone", "0005_trigger.sql")]
    [InlineData("the URLs are gone", "0006_other_index.sql")]
    public void What_is_gone_is_made_anew(string what, string script)
    {
        var table = what switch
        {
            "an index is gone" => Migrated with { Indexes = [Target.Names.ActiveIndex, Target.Names.WaitingIndex] },
            "an index has an older name" => Migrated with { Indexes = [.. Migrated.Indexes, "coderepo_active_old"] },
            "the functions are gone" => Migrated with { HasFunctions = false },
            "the trigger is gone" => Migrated with { HasTriggers = false },
            _ => Migrated with { Columns = Migrated.Columns.Where(column => column.Key != "git_url").ToDictionary(StringComparer.Ordinal) },
        };

        Assert.Equal(script, Assert.Single(UpPlan.For(Target, table, MaxResets)).Script.Name);
    }

    [Fact]
    public void The_way_back_drops_the_columns_that_were_added_and_are_still_there()
    {
        var columns = DownPlan.For(Target, Migrated with { Added = ["indexing_token", "gone_by_now"] })[^1];

        Assert.Contains("DROP COLUMN \"indexing_token\";", columns.Script.Sql, StringComparison.Ordinal);
        Assert.DoesNotContain("gone_by_now", columns.Script.Sql, StringComparison.Ordinal);
    }

    [Fact]
    public void There_is_no_way_back_where_nothing_was_done() => Assert.Empty(DownPlan.For(Target, Original));

    [Theory]
    [InlineData(2_000, 100)]
    [InlineData(10, 10)]
    [InlineData(0.5, 1)]
    public void A_strong_lock_is_waited_for_a_moment_whatever_the_settings_allow(double milliseconds, int reported) =>
        Assert.Equal($"SET LOCAL lock_timeout = {reported};", StepSql.Begin(TimeSpan.FromMilliseconds(milliseconds)));

    [Fact]
    public void A_name_that_has_the_end_of_a_body_in_it_does_not_end_the_body()
    {
        var target = new MigrationTarget(new IndexingTarget { Status = "a$body$b" }, 0);
        var scripts = new MigrationScripts(target, new Dictionary<string, string> { ["id"] = "int", ["a$body$b"] = "text" }, MaxResets);

        Assert.Equal("$body1$", scripts.Body);
        Assert.Contains("NEW.\"a$body$b\"", scripts.Script("0005_trigger.sql").Sql, StringComparison.Ordinal);
    }

    [Fact]
    public void Statements_that_run_in_no_transaction_are_sent_one_by_one_whatever_is_in_a_name()
    {
        var target = new MigrationTarget(new IndexingTarget { Active = "a;\nb" }, 0);
        var script = new MigrationScripts(target, Original.Columns, MaxResets).Script("0002_active_index.sql");

        var statements = Split(script);

        Assert.False(script.IsTransaction);
        Assert.Equal(3, statements.Count);
        Assert.EndsWith("'a;\nb'", statements[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a'; DROP TABLE x; --")]
    [InlineData("a\"; DROP TABLE x; --")]
    [InlineData("$$; $a$ /* ;")]
    [InlineData("e'\\'; \\")]
    [InlineData("(;")]
    [InlineData("--\n;")]
    public void The_library_ends_no_statement_within_a_name(string name)
    {
        var column = name.Replace('\n', ' ');
        var target = new MigrationTarget(new IndexingTarget { Status = column, Active = name }, 0);
        var types = new Dictionary<string, string>
        {
            ["id"] = "int",
            [column] = "text",
            ["git_url"] = "text",
        };
        var scripts = new MigrationScripts(target, types, MaxResets);

        Assert.Equal([3, 3], new[] { "0002_active_index.sql", "0003_url_index.sql" }.Select(script => Split(scripts.Script(script)).Count));
        Assert.All(new[] { "0004_functions.sql", "0005_trigger.sql" }, script =>
            Assert.Equal(Split(Plain(script)).Count, Split(scripts.Script(script)).Count)
        );
    }

    /// <summary>As the library sends them.</summary>
    private static List<string> Split(MigrationScript script) =>
        [.. new PostgresqlConnectionManager("").SplitScriptIntoCommands(script.Sql)];

    private static MigrationScript Plain(string name) => new MigrationScripts(Target, Original.Columns, MaxResets).Script(name);

    /// <summary>The table when all that is planned for it was done.</summary>
    private static TableState After(TableState table)
    {
        var steps = UpPlan.For(Target, table, MaxResets);
        var columns = table.Columns.ToDictionary(StringComparer.Ordinal);
        Target.Columns.ToList().ForEach(column => columns.TryAdd(column.Column, column.Declaration));
        return table with
        {
            Columns = columns,
            Indexes = Target.Names.Indexes,
            HasFunctions = true,
            HasTriggers = true,
            HasJournal = true,
            Ran = steps.ToDictionary(step => step.Script.Name, step => step.Script.Hash),
        };
    }
}

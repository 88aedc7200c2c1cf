using CodeRepoOperator.Indexing.Tables;

namespace CodeRepoOperator.Indexing.Sweeping;

public sealed class SweepMessageTests
{
    private static readonly SweptRow[] Rows = [new("a", TimeSpan.FromMinutes(31), 1, false), new("b", TimeSpan.FromHours(2), 6, true)];

    [Fact]
    public void A_sweep_is_one_line() =>
        Assert.Equal(
            "repositories: degraded, 2 rows reset, 1 of them given up, 3 left that are locked. It lacks a column.",
            SweepMessage.Of(
                new SweepResult(new IndexingTarget(), SweepOutcome.Degraded, Rows, "It lacks a column.") { SkippedLocked = 3 },
                dryRun: false
            )
        );

    [Fact]
    public void A_dry_run_names_each_row() =>
        Assert.Equal(
            $"repositories: swept, 2 rows would be reset, 1 of them given up{Environment.NewLine}"
                + $"  a: no sign of life for 00:31:00{Environment.NewLine}  b: no sign of life for 02:00:00",
            SweepMessage.Of(new SweepResult(new IndexingTarget(), SweepOutcome.Swept, Rows, Why: null), dryRun: true)
        );
}

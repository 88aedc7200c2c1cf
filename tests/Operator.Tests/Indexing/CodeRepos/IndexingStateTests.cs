using CodeRepoOperator.Entities;
using CodeRepoOperator.Indexing.Sweeping;
using CodeRepoOperator.Indexing.Tables;

namespace CodeRepoOperator.Indexing.CodeRepos;

public sealed class IndexingStateTests
{
    [Theory]
    [InlineData("no job holds it", "cloned", 0, "True/Idle")]
    [InlineData("no status", null, 0, "True/Idle")]
    [InlineData("a job holds it", "indexing", 0, "True/Indexing")]
    [InlineData("a job holds it after a reset", "indexing", 2, "True/Indexing")]
    [InlineData("a job ended in the reset status by itself", "error", 0, "True/Idle")]
    [InlineData("the table does not count", "error", null, "True/Idle")]
    [InlineData("reset", "error", 1, "False/Reset")]
    [InlineData("reset as often as allowed", "error", 5, "False/Reset")]
    [InlineData("reset too often", "error", 6, "False/ResetsExhausted")]
    [InlineData("a job ended well after a reset that was counted", "indexed", 3, "True/Idle")]
    public void A_row_alone_says_how_it_stands(string what, string? status, int? resets, string expected) =>
        Assert.Equal((what, expected), (what, Reported(Of(TestRows.Wanted(), TestRows.Row(status: status, resets: resets)))));

    [Theory]
    [InlineData("well, unreadable", "cloned", "soon", 1, "True/InvalidThreshold")]
    [InlineData("reset, unreadable", "error", "soon", 1, "False/Reset")]
    [InlineData("well, shared", "cloned", "1h", 2, "True/AmbiguousRow")]
    [InlineData("indexing, shared", "indexing", "1h", 2, "True/AmbiguousRow")]
    [InlineData("reset, shared", "error", "1h", 2, "False/Reset")]
    public void What_is_worse_is_reported_first(string what, string status, string threshold, int sharers, string expected)
    {
        var wanted = Enumerable.Range(0, sharers).Select(i => TestRows.WantedWith($"{i}", threshold)).ToList();

        var state = IndexingState.For(
            wanted[0],
            [TestRows.Found(TestRows.Match(wanted, TestRows.Row(status: status, resets: 1)))],
            TestRows.Options
        );

        Assert.Equal((what, expected), (what, Reported(state)));
        Assert.Equal(sharers > 1, state!.Message.Contains("2 CodeRepos match it", StringComparison.Ordinal));
    }

    [Fact]
    public void A_threshold_that_was_cut_is_reported() =>
        Assert.EndsWith(
            "spec.indexing.threshold is below the administrator's minimum: 5m applies.",
            Of(TestRows.WantedWith("uid", "1s"), TestRows.Row())!.Message,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("first round", 1, null)]
    [InlineData("second round", 2, "Unknown/DatabaseUnavailable")]
    [InlineData("many rounds", 99, "Unknown/DatabaseUnavailable")]
    public void One_failed_round_is_no_news(string what, int failures, string? expected)
    {
        var failed = TestRows.Found(owners: null, SweepOutcome.Failed, "connection refused", failures);

        var state = IndexingState.For(TestRows.Wanted(), [failed], TestRows.Options);

        Assert.Equal((what, expected), (what, Reported(state)));
        Assert.DoesNotContain("refused", state?.Message ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_of_a_failed_sweep_are_not_called_well() =>
        Assert.Equal(
            "Unknown/DatabaseUnavailable",
            Reported(
                IndexingState.For(
                    TestRows.Wanted(),
                    [TestRows.Found(TestRows.Match([TestRows.Wanted()], TestRows.Row()), SweepOutcome.Failed, "locked", failures: 2)],
                    TestRows.Options
                )
            )
        );

    [Theory]
    [InlineData("well", "cloned", 0, "Unknown/Degraded")]
    [InlineData("indexing", "indexing", 0, "Unknown/Degraded")]
    [InlineData("reset, which is known all the same", "error", 1, "False/Reset")]
    public void Without_all_columns_nothing_is_called_well(string what, string status, int resets, string expected)
    {
        var degraded = TestRows.Found(
            TestRows.Match([TestRows.Wanted()], TestRows.Row(status: status, resets: resets)),
            SweepOutcome.Degraded,
            "Run migrate."
        );

        Assert.Equal((what, expected), (what, Reported(IndexingState.For(TestRows.Wanted(), [degraded], TestRows.Options))));
    }

    [Theory]
    [InlineData("of another repository", "1", "Unknown/RowMismatch", "correct id or git_url")]
    [InlineData("not there", "9", "Unknown/NoRow", "No row has the key")]
    [InlineData("no key", "hello", "Unknown/NoRow", "can't be a key")]
    public void A_row_that_is_named_and_not_its_own(string what, string id, string expected, string message)
    {
        var wanted = TestRows.Wanted(change: repo => repo.Spec.Indexing = new CodeRepoIndexing { Id = id });

        var state = Of(wanted, TestRows.Row(url: "https://git.example.com/other"));

        Assert.Equal((what, expected), (what, Reported(state)));
        Assert.Contains(message, state!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("there is no such row", null, 0)]
    [InlineData("it is another's", "1", 0)]
    [InlineData("it is there", null, 1)]
    [InlineData("the database is away", null, -1)]
    public void Who_has_no_clone_gets_the_same_whatever_there_is(string what, string? id, int rows)
    {
        var thief = TestRows.Unproven(change: repo =>
            (repo.Spec.Suspend, repo.Spec.Indexing) = (true, new CodeRepoIndexing { Id = id, Threshold = "24h" })
        );
        var nothing = Of(thief)!;

        var state =
            rows < 0
                ? IndexingState.For(thief, [TestRows.Found(owners: null, SweepOutcome.Failed, "away", failures: 9)], TestRows.Options)
                : Of(thief, TestRows.Row(url: rows > 0 ? TestRows.Url : "https://git.example.com/other", status: "indexing"));

        Assert.Equal((what, "Unknown/NoClone"), (what, Reported(state)));
        Assert.Equal(nothing, state);
        Assert.Null(state!.Worst);
    }

    [Fact]
    public void A_clone_by_what_all_namespaces_may_use_is_reported_to_be_no_proof()
    {
        var state = Of(
            TestRows.Wanted(change: repo =>
                repo.Status = new CodeRepoStatus
                {
                    Origin = new CodeRepoOrigin { Url = TestRows.Url, Access = CloneAccess.Shared },
                }
            ),
            TestRows.Row()
        );

        Assert.Equal("Unknown/AccessUnproven", Reported(state));
    }

    [Fact]
    public void Who_has_no_row_is_reported() => Assert.Equal("Unknown/NoRow", Reported(Of(TestRows.Wanted())));

    [Fact]
    public void One_that_came_after_the_look_is_not_reported_yet() =>
        Assert.Null(IndexingState.For(TestRows.Wanted("new"), [TestRows.Found(TestRows.Match([TestRows.Wanted()]))], TestRows.Options));

    [Fact]
    public void Of_several_rows_the_worst_is_reported()
    {
        var state = Of(
            TestRows.Wanted(),
            TestRows.Row("1"),
            TestRows.Row("2", status: "error", resets: 1),
            TestRows.Row("3", status: "indexing")
        )!;

        Assert.Equal("False/Reset", Reported(state));
        Assert.Equal("2", state.Worst!.Row.Key);
        Assert.StartsWith("Of 3 rows", state.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_that_can_t_be_swept_hides_no_row_of_another()
    {
        var failed = TestRows.Found(owners: null, SweepOutcome.Failed, "gone", failures: 9);

        Assert.Equal(
            "True/Idle",
            Reported(
                IndexingState.For(
                    TestRows.Wanted(),
                    [failed, TestRows.Found(TestRows.Match([TestRows.Wanted()], TestRows.Row()))],
                    TestRows.Options
                )
            )
        );
    }

    [Fact]
    public void The_same_row_gives_the_same_words() =>
        Assert.Equal(Of(TestRows.Wanted(), TestRows.Row(status: "indexing")), Of(TestRows.Wanted(), TestRows.Row(status: "indexing")));

    private static IndexingState? Of(DesiredRow wanted, params IndexingRow[] rows) =>
        IndexingState.For(wanted, [TestRows.Found(TestRows.Match([wanted], rows))], TestRows.Options);

    private static string? Reported(IndexingState? state) => state is null ? null : $"{state.Status}/{state.Reason}";
}

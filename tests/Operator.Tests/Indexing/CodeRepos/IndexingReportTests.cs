using CodeRepoOperator.Entities;
using CodeRepoOperator.Indexing.Sweeping;
using k8s;
using k8s.Models;

namespace CodeRepoOperator.Indexing.CodeRepos;

public sealed class IndexingReportTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 12, 0, 0, 500, TimeSpan.Zero);

    [Fact]
    public void What_was_reported_and_has_not_changed_is_the_same_to_the_letter()
    {
        var repo = TestRows.Repo();
        repo.Status = Reported(repo, State("indexing", 1), Now);

        var again = IndexingReport.For(repo, State("indexing", 1), Now.AddDays(1));

        Assert.Equal(KubernetesJson.Serialize(IndexingReport.Current(repo)), KubernetesJson.Serialize(again));
    }

    [Fact]
    public void The_time_of_the_transition_moves_with_the_status_alone()
    {
        var repo = TestRows.Repo();
        repo.Status = Reported(repo, State("indexing", 0), Now);

        DateTime? At(string status, int resets) =>
            IndexingReport.For(repo, State(status, resets), Now.AddHours(1)).Conditions!.Single().LastTransitionTime;
        Assert.Equal(new DateTime(2026, 1, 2, 12, 0, 0, DateTimeKind.Utc), At("cloned", 0));
        Assert.Equal(new DateTime(2026, 1, 2, 13, 0, 0, DateTimeKind.Utc), At("error", 1));
    }

    [Fact]
    public void Its_part_of_the_status_is_its_own_alone()
    {
        var repo = TestRows.Repo();
        repo.Status = Reported(repo, State("indexing", 1), Now);
        repo.Status.Commit = new string('a', 40);
        repo.Status.Conditions!.Add(new V1Condition { Type = ConditionTypes.Ready, Status = "True" });

        var current = IndexingReport.Current(repo)!;

        Assert.Null(current.Commit);
        Assert.Equal(ConditionTypes.IndexingHealthy, current.Conditions!.Single().Type);
        Assert.Equal("indexing", current.Indexing!.Status);
    }

    [Fact]
    public void Nothing_reported_is_no_part_of_it() =>
        Assert.Null(IndexingReport.Current(TestRows.Repo(change: repo => repo.Status = new CodeRepoStatus { Commit = "a" })));

    [Fact]
    public void What_was_reported_of_a_row_stays_while_the_database_is_away()
    {
        var repo = TestRows.Repo();
        repo.Status = Reported(repo, State("indexing", 1), Now);
        var away = IndexingState.For(
            TestRows.Wanted(),
            [TestRows.Found(null, SweepOutcome.Failed, "away", failures: 2)],
            TestRows.Options
        )!;

        Assert.Equal("indexing", IndexingReport.For(repo, away, Now).Indexing!.Status);
    }

    [Theory]
    [InlineData(
        "pod/indexers/indexer-0/0f8fad5b-d9cb-469f-a165-70867728950e",
        "pod/indexers/indexer-0/0f8fad5b-d9cb-469f-a165-70867728950e"
    )]
    [InlineData("a\u202eb\nc", @"a\u202eb\u000ac")]
    [InlineData(null, null)]
    public void The_holder_is_shown_as_text_that_changes_nothing(string? holder, string? shown)
    {
        var row = TestRows.Row(status: "indexing", resets: 0) with { Holder = holder };
        var state = IndexingState.For(TestRows.Wanted(), [TestRows.Found(TestRows.Match([TestRows.Wanted()], row))], TestRows.Options)!;

        Assert.Equal(shown, IndexingReport.For(TestRows.Repo(), state, Now).Indexing!.Holder);
    }

    [Fact]
    public void An_API_server_that_takes_no_empty_texts_gets_none() =>
        Assert.DoesNotContain(
            "\"\"",
            KubernetesJson.Serialize(IndexingReport.For(TestRows.Repo(), State(null, 0), Now)),
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("reset by this sweep", "error", 1, 0, true, EventReasons.StuckIndexingReset)]
    [InlineData("reset by this sweep, nothing reported before", "error", 1, null, true, EventReasons.StuckIndexingReset)]
    [InlineData("reset by another, seen later", "error", 1, 0, false, EventReasons.StuckIndexingReset)]
    [InlineData("reset by another, taken again already", "indexing", 2, 1, false, EventReasons.StuckIndexingReset)]
    [InlineData("reset long ago, nothing reported before", "error", 1, null, false, null)]
    [InlineData("reported already", "error", 1, 1, false, null)]
    [InlineData("ended well after it", "cloned", 0, 1, false, null)]
    [InlineData("given up by this sweep", "error", 6, 5, true, EventReasons.StuckIndexingGivenUp)]
    [InlineData("given up by another", "error", 6, 5, false, EventReasons.StuckIndexingGivenUp)]
    public void A_reset_is_worth_one_event(string what, string status, int resets, int? reported, bool isOfThisSweep, string? expected)
    {
        var repo = TestRows.Repo();
        if (reported is { } before)
        {
            repo.Status = new CodeRepoStatus { Indexing = new CodeRepoIndexingStatus { Resets = before } };
        }

        var reset = isOfThisSweep ? new SweptRow("1", TimeSpan.FromSeconds(2705.5), resets, IsExhausted: resets > 5) : null;
        var notice = IndexingReporter.Notice(repo, State(status, resets), reset);

        Assert.Equal((what, expected), (what, notice?.Reason));
        Assert.Equal(isOfThisSweep, notice?.Note.Contains("Its last sign of life was 00:45:05 ago.", StringComparison.Ordinal) ?? false);
    }

    private static IndexingState State(string? status, int resets) =>
        IndexingState.For(
            TestRows.Wanted(),
            [TestRows.Found(TestRows.Match([TestRows.Wanted()], TestRows.Row(status: status, resets: resets)))],
            TestRows.Options
        )!;

    /// <summary>As it comes back from the API server.</summary>
    private static CodeRepoStatus Reported(CodeRepo repo, IndexingState state, DateTimeOffset now) =>
        KubernetesJson.Deserialize<CodeRepoStatus>(KubernetesJson.Serialize(IndexingReport.For(repo, state, now)));
}

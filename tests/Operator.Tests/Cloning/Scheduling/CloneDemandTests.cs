using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Making;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Runtime.Client;

namespace CodeRepoOperator.Cloning.Scheduling;

public sealed class CloneDemandTests
{
    private static readonly NamespacedName Key = new("default", "hello");
    private static readonly PublishedClone Clone = new(
        Key,
        TestClones.Marker(url: "https://git.example.com/hello.git", branch: null),
        DateTime.UnixEpoch
    );

    private static readonly CloneFailure Failure = new(Reasons.Unreachable, "down");

    private readonly CloneDemand _demand = new();

    [Fact]
    public async Task All_who_ask_get_the_clone_that_is_made()
    {
        var (first, second) = (_demand.Ask(Key), _demand.Ask(Key));
        Assert.True(_demand.IsAwaited(Key) && _demand.IsDemanded(Key));

        _demand.Made(Key, Clone, new CloneChange.Recloned(CloneLoss.FolderMissing));

        Assert.Equal(new EnsureOutcome.Available(Clone, Recloned: true), await first);
        Assert.Equal(await first, await second);
        Assert.False(_demand.IsAwaited(Key) || _demand.IsDemanded(Key));
    }

    [Fact]
    public async Task A_failure_is_reported_with_the_time_of_the_next_attempt_and_the_wish_stays()
    {
        var asked = _demand.Ask(Key);
        _demand.Note(Key, Failure);
        Assert.False(asked.IsCompleted);

        _demand.RetryScheduled(Key, TimeSpan.FromSeconds(4));

        Assert.Equal(new EnsureOutcome.Failed(Failure, TimeSpan.FromSeconds(4)), await asked);
        Assert.True(_demand.IsDemanded(Key));
        Assert.False(_demand.IsAwaited(Key));
        Assert.Same(Failure, _demand.FailureOf(Key));
    }

    [Fact]
    public void A_failure_is_over_with_the_next_attempt_that_does_not_fail()
    {
        _demand.Note(Key, Failure);
        _demand.Note(Key, null);

        Assert.Null(_demand.FailureOf(Key));
    }

    [Fact]
    public async Task A_CodeRepo_that_is_gone_or_held_has_its_callers_look_again()
    {
        var asked = _demand.Ask(Key);
        _demand.Note(Key, Failure);

        _demand.Forget(Key);

        Assert.Null(await asked);
        Assert.Null(_demand.FailureOf(Key));
        Assert.False(_demand.IsDemanded(Key));
    }

    [Fact]
    public void Who_asks_after_a_response_waits_for_the_next_one()
    {
        _ = _demand.Ask(Key);
        _demand.Made(Key, Clone, new CloneChange.Cloned());

        Assert.False(_demand.Ask(Key).IsCompleted);
    }
}

using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.Cloning.Making;

public sealed class FailedUpdatesTests
{
    private readonly FailedUpdates _updates = new();
    private readonly PublishedClone _clone = TestClones.Published();

    [Theory]
    [InlineData(Reasons.TransferFailed)]
    [InlineData(Reasons.TooLarge)]
    [InlineData(Reasons.Unsupported)]
    [InlineData(null)]
    public async Task After_an_update_that_failed_the_next_starts_from_scratch_and_the_one_after_does_not(string? reason)
    {
        Assert.True(_updates.TryBuildOn(_clone.Key, _clone));
        await FailAsync(reason);

        Assert.False(_updates.TryBuildOn(_clone.Key, _clone));
        Assert.True(_updates.TryBuildOn(_clone.Key, _clone));
    }

    [Theory]
    [InlineData(Reasons.StoreFull)]
    [InlineData(Reasons.StoreUnavailable)]
    [InlineData(Reasons.Unreachable)]
    public async Task A_failure_that_a_clone_from_scratch_would_meet_too_changes_nothing(string reason)
    {
        await FailAsync(reason);

        Assert.True(_updates.TryBuildOn(_clone.Key, _clone));
    }

    [Fact]
    public async Task A_clone_that_was_published_since_is_built_on()
    {
        await FailAsync(reason: null);

        Assert.True(_updates.TryBuildOn(_clone.Key, _clone with { MarkerWrittenAt = _clone.MarkerWrittenAt.AddSeconds(1) }));
    }

    // Null: its time is up.
    private async Task FailAsync(string? reason)
    {
        try
        {
            await _updates.NoteAsync<FetchedTree>(_clone.Key, _clone, () =>
                Task.FromResult<Attempt<FetchedTree>>(new CloneFailure(reason ?? throw new OperationCanceledException(), ""))
            );
        }
        catch (OperationCanceledException) when (reason is null)
        {
            // As the store has it.
        }
    }
}

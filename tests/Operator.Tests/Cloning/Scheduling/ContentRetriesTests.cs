using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Runtime.Queueing;
using Microsoft.Extensions.Time.Testing;

namespace CodeRepoOperator.Cloning.Scheduling;

public sealed class ContentRetriesTests
{
    private static readonly DesiredSubmodules Asked = new(Required: false, 4, 200);

    private readonly FakeTimeProvider _time = new();
    private readonly ContentRetries _retries;

    public ContentRetriesTests() => _retries = new ContentRetries(new Backoff(new Random(1)), _time);

    [Fact]
    public void What_is_missing_is_tried_after_a_minute_and_ever_later_and_what_is_whole_is_not()
    {
        var (missing, whole) = (Clone(mayComeLater: true), Clone(mayComeLater: false));
        var before = TimeSpan.Zero;
        foreach (var minutes in new[] { 1, 2, 4, 8, 15, 15 })
        {
            _retries.Tried("uid", missing);
            Assert.False(_retries.IsDue(missing));
            var next = _retries.NextIn("uid")!.Value;
            Assert.InRange(next, TimeSpan.FromMinutes(minutes) * 0.8, TimeSpan.FromMinutes(minutes * 1.2 * 64 / 60));
            before = next;
            _time.Advance(next);
            Assert.True(_retries.IsDue(missing));
        }

        _retries.Tried("uid", whole);
        Assert.False(_retries.IsDue(whole));
        Assert.Null(_retries.NextIn("uid"));
        Assert.InRange(before, TimeSpan.FromMinutes(12), TimeSpan.FromMinutes(18));
    }

    [Fact]
    public void After_a_start_the_first_try_is_at_some_time_within_minutes()
    {
        var missing = Clone(mayComeLater: true);
        Assert.False(_retries.IsDue(missing));
        Assert.NotNull(_retries.NextIn("uid"));

        _time.Advance(TimeSpan.FromMinutes(5));

        Assert.True(_retries.IsDue(missing));
        _retries.Forget("uid");
        Assert.Null(_retries.NextIn("uid"));
    }

    private static PublishedClone Clone(bool mayComeLater)
    {
        var clone = TestClones.Published();
        return clone with { Marker = clone.Marker with { Submodules = new ClonedSubmodules(Asked, [], mayComeLater) } };
    }
}

using CodeRepoOperator.Cloning.Making;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Runtime.Queueing;
using Microsoft.Extensions.Time.Testing;

namespace CodeRepoOperator.Cloning.Consolidating;

public sealed class ConsolidationScheduleTests
{
    private static readonly CloneFailure Unreachable = new(Reasons.Unreachable, "It does not respond.");

    private readonly FakeTimeProvider _time = new();
    private readonly HostShares _shares = new();
    private readonly ConsolidationSchedule _schedule;

    public ConsolidationScheduleTests() => _schedule = new ConsolidationSchedule(_shares, new Backoff(new Random(1)), _time);

    [Fact]
    public void The_one_with_most_packs_comes_first()
    {
        var most = Due("most", packs: 90);

        Assert.Same(most, _schedule.Next([Due("few", packs: 30), most, Due("more", packs: 60)]));
        Assert.Null(_schedule.Next([]));
    }

    [Fact]
    public void A_namespace_with_many_takes_turns_with_one_that_has_few()
    {
        var due = Enumerable.Range(0, 100).Select(i => Due($"many-{i}", packs: 90, ofNamespace: "many")).ToList();
        due.AddRange([Due("one", packs: 30, ofNamespace: "few"), Due("two", packs: 29, ofNamespace: "few")]);

        var turns = Enumerable.Range(0, 6).Select(_ => Run(due)!).ToList();

        Assert.Equal(["many", "few", "many", "few", "many", "many"], turns.Select(turn => turn.Namespace));
        Assert.Equal(["one", "two"], turns.Where(turn => turn.Namespace == "few").Select(turn => turn.Desired.Key.Name));
    }

    [Fact]
    public void However_many_are_due_they_take_a_fifth_of_the_time()
    {
        var due = Enumerable.Range(0, 20_000).Select(i => Due($"repo-{i}")).ToList();
        var (busy, begun) = (TimeSpan.Zero, _time.GetUtcNow());
        while (_time.GetUtcNow() - begun < TimeSpan.FromHours(1))
        {
            if (_schedule.Next(due) is { } next)
            {
                _schedule.Begin(next);
                _time.Advance(TimeSpan.FromSeconds(30));
                busy += TimeSpan.FromSeconds(30);
                _schedule.End(next, Consolidated(next));
                due.Remove(next);
            }
            else
            {
                _time.Advance(TimeSpan.FromSeconds(5));
            }
        }

        Assert.InRange(busy / (_time.GetUtcNow() - begun), 0.15, 0.22);
    }

    [Fact]
    public void While_it_rests_nobody_looks_what_is_due()
    {
        Assert.NotNull(Run([Due("first")], rest: false));

        Assert.Null(
            _schedule.Next(Enumerable.Range(0, 1).Select<int, DueClone>(_ => throw new InvalidOperationException("Somebody looked.")))
        );
    }

    [Fact]
    public void One_that_failed_is_not_tried_again_for_an_hour_and_then_ever_more_rarely()
    {
        DueClone[] due = [Due("broken")];
        var tries = TriesWithin(TimeSpan.FromDays(7), due, Failed(new CloneFailure(Reasons.TransferFailed, "It broke off.")));

        Assert.InRange(tries[1] - tries[0], TimeSpan.FromMinutes(50), TimeSpan.FromMinutes(90));
        Assert.InRange(tries[2] - tries[1], TimeSpan.FromMinutes(100), TimeSpan.FromMinutes(180));
        Assert.InRange(tries.Count, 8, 14);
    }

    [Fact]
    public void One_whose_attempt_never_ended_counts_as_failed()
    {
        DueClone[] due = [Due("odd")];
        _schedule.Begin(_schedule.Next(due)!);

        Assert.Null(_schedule.Next(due));
        _time.Advance(TimeSpan.FromHours(2));
        Assert.NotNull(_schedule.Next(due));
    }

    [Theory]
    [InlineData(Reasons.Unreachable, "same host: 0, same namespace: 1, other: 1")]
    [InlineData(Reasons.RateLimited, "same host: 0, same namespace: 1, other: 1")]
    [InlineData(Reasons.QuotaExceeded, "same host: 1, same namespace: 0, other: 1")]
    [InlineData(Reasons.StoreFull, "same host: 0, same namespace: 0, other: 0")]
    [InlineData(Reasons.Timeout, "same host: 1, same namespace: 1, other: 1")]
    public void Others_wait_that_would_meet_the_same(string reason, string expected)
    {
        var first = Due("first", packs: 99, ofNamespace: "one", host: "down");
        _ = Run([first], Failed(new CloneFailure(reason, "")));

        Assert.Equal(
            expected,
            $"same host: {Turns(Due("second", ofNamespace: "two", host: "down"))}, "
                + $"same namespace: {Turns(Due("third", ofNamespace: "one", host: "up"))}, "
                + $"other: {Turns(Due("fourth", ofNamespace: "two", host: "up"))}"
        );

        // And not for ever.
        _time.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(1, Turns(Due("fifth", ofNamespace: "one", host: "down")));

        int Turns(DueClone due) => _schedule.Next([first, due]) is null ? 0 : 1;
    }

    [Theory]
    [InlineData(Reasons.Unreachable)]
    [InlineData(Reasons.RateLimited)]
    public void Others_of_a_host_do_not_wait_for_one_that_goes_by_a_proxy(string reason)
    {
        var (proxied, alike, direct) = (Due("first", packs: 99), Due("second"), Due("third"));
        _shares.Goes(proxied.Desired.Key, "http://proxy:3128");
        _shares.Goes(alike.Desired.Key, "http://proxy:3128");

        _ = Run([proxied], Failed(new CloneFailure(reason, "")));

        Assert.Null(_schedule.Next([proxied, alike]));
        Assert.Same(direct, _schedule.Next([proxied, alike, direct]));
    }

    [Fact]
    public void A_host_that_says_when_to_come_again_is_not_asked_before()
    {
        DueClone[] due = [Due("first"), Due("second")];
        _ = Run(due, Failed(new CloneFailure(Reasons.RateLimited, "") { RetryAfter = TimeSpan.FromHours(5) }));

        _time.Advance(TimeSpan.FromHours(4));
        Assert.Null(_schedule.Next(due));
        _time.Advance(TimeSpan.FromHours(2));
        Assert.NotNull(_schedule.Next(due));
    }

    [Fact]
    public void One_whose_branch_has_moved_waits_for_its_update()
    {
        var due = Due("busy");
        Assert.NotNull(Run([due], ConsolidationResult.Moved));
        Assert.Null(_schedule.Next([due]));

        var updated = due with { Published = due.Published with { MarkerWrittenAt = DateTime.UnixEpoch.AddDays(1) } };
        Assert.NotNull(Run([updated], ConsolidationResult.Moved));

        // And where none comes, it is asked again.
        Assert.InRange(TriesWithin(TimeSpan.FromHours(1), [updated], ConsolidationResult.Moved).Count, 9, 15);
    }

    [Fact]
    public void One_that_gave_way_is_tried_again_each_hour()
    {
        Assert.InRange(TriesWithin(TimeSpan.FromHours(24), [Due("one")], ConsolidationResult.GaveWay).Count, 20, 30);
        Assert.InRange(TriesWithin(TimeSpan.FromHours(24), [Due("two")], ConsolidationResult.Superseded).Count, 20, 30);
    }

    [Fact]
    public void A_clone_that_is_no_more_due_is_forgotten()
    {
        DueClone[] due = [Due("first")];
        _ = Run(due, Failed(Unreachable));
        _time.Advance(TimeSpan.FromMinutes(30));
        Assert.Null(_schedule.Next(due));

        Assert.Null(_schedule.Next([]));
        Assert.NotNull(_schedule.Next(due));
    }

    private DueClone? Run(IReadOnlyCollection<DueClone> due, ConsolidationResult? result = null, bool rest = true)
    {
        if (_schedule.Next(due) is not { } next)
        {
            return null;
        }

        _schedule.Begin(next);
        _time.Advance(TimeSpan.FromSeconds(1));
        _schedule.End(next, result ?? Consolidated(next));
        _time.Advance(TimeSpan.FromSeconds(rest ? 5 : 1));
        return next;
    }

    private List<TimeSpan> TriesWithin(TimeSpan time, IReadOnlyCollection<DueClone> due, ConsolidationResult result)
    {
        var (tries, begun) = (new List<TimeSpan>(), _time.GetUtcNow());
        while (_time.GetUtcNow() - begun is var now && now < time)
        {
            if (Run(due, result) is not null)
            {
                tries.Add(now);
            }

            _time.Advance(TimeSpan.FromSeconds(15));
        }

        return tries;
    }

    private static ConsolidationResult Failed(CloneFailure failure) => ConsolidationResult.Of(failure);

    private static ConsolidationResult Consolidated(DueClone clone) => ConsolidationResult.Of(clone.Published);

    private static DueClone Due(string name, int packs = 50, string ofNamespace = "team", string host = "git")
    {
        var desired = TestClones.Wanted(repo =>
        {
            (repo.Metadata.Name, repo.Metadata.NamespaceProperty, repo.Metadata.Uid) = (name, ofNamespace, $"uid-of-{name}");
            repo.Spec.GitUrl = $"https://{host}.example.com/{name}.git";
        });
        return new DueClone(desired, TestClones.Published() with { Key = desired.Key }, packs);
    }
}

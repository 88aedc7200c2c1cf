using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Queueing;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace CodeRepoOperator.Cloning.Healing;

public sealed class DeepCheckScheduleTests
{
    private static readonly PublishedClone[] Hundred =
    [
        .. Enumerable.Range(0, 100).Select(i => TestClones.Published() with { Key = new NamespacedName("team", $"repo-{i}") }),
    ];

    private readonly FakeTimeProvider _time = new();
    private readonly DeepCheckSchedule _schedule;

    public DeepCheckScheduleTests() =>
        _schedule = new DeepCheckSchedule(
            new Backoff(new Random(1)),
            Options.Create(new StoreOptions { DeepVerifyInterval = TimeSpan.FromHours(10) }),
            _time
        );

    [Fact]
    public void Each_has_its_turn_once_in_the_interval_spread_over_it()
    {
        var turns = Enumerable.Range(0, 20).Select(_ => TurnsWithin(TimeSpan.FromHours(1))).ToList();

        Assert.All(turns[..10], hour => Assert.InRange(hour.Count, 3, 25));
        Assert.Equal(Hundred.Select(clone => clone.Key.Name).Order(), turns[..10].SelectMany(hour => hour).Distinct().Order());
        Assert.Equal(Hundred.Select(clone => clone.Key.Name).Order(), turns[10..].SelectMany(hour => hour).Distinct().Order());
        Assert.InRange(turns.Sum(hour => hour.Count), 200, 250);
    }

    [Fact]
    public void Who_has_waited_longest_comes_first_when_all_are_late()
    {
        Assert.Null(Next([]));
        _ = TurnsWithin(TimeSpan.Zero);
        _time.Advance(TimeSpan.FromDays(10));
        var first = Next(Hundred)!;
        _schedule.HadItsTurn(first);
        _time.Advance(TimeSpan.FromDays(10));

        Assert.Equal(99, Enumerable.Range(0, 99).Select(_ => Priority()!.Key).Where(key => key != first.Key).Distinct().Count());
        Assert.Equal(first.Key, Priority()!.Key);
        Assert.Null(Priority());
    }

    [Fact]
    public void One_that_was_replaced_has_its_turn_again_soon_but_not_before_those_that_wait()
    {
        _ = TurnsWithin(TimeSpan.Zero);
        _time.Advance(TimeSpan.FromHours(10));
        var replaced = Next(Hundred)!;
        _schedule.WasReplaced(replaced);

        Assert.NotEqual(replaced.Key, Next(Hundred)!.Key);
        Assert.Contains(replaced.Key.Name, TurnsWithin(TimeSpan.FromHours(2)));
    }

    [Fact]
    public void One_that_is_gone_is_forgotten()
    {
        _time.Advance(TimeSpan.FromHours(10));
        _ = TurnsWithin(TimeSpan.Zero);
        Assert.Null(Next([]));

        // It has a first turn like a new one.
        var again = Hundred.Count(clone => Next([clone]) is not null);
        Assert.Equal(0, again);
    }

    private PublishedClone? Next(IEnumerable<PublishedClone> clones)
    {
        _schedule.Follow(clones);
        return _schedule.Next();
    }

    private PublishedClone? Priority()
    {
        if (Next(Hundred) is not { } clone)
        {
            return null;
        }

        _schedule.HadItsTurn(clone);
        return clone;
    }

    private List<string> TurnsWithin(TimeSpan time)
    {
        var turns = new List<string>();
        for (var minutes = 0; minutes <= time.TotalMinutes; minutes++)
        {
            while (Priority() is { } clone)
            {
                turns.Add(clone.Key.Name);
            }

            _time.Advance(TimeSpan.FromMinutes(minutes < time.TotalMinutes ? 1 : 0));
        }

        return turns;
    }
}

using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;

namespace CodeRepoOperator.Runtime.Reporting;

public sealed class EventBudgetTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void An_object_has_a_burst_and_what_is_more_is_dropped_and_reported_once()
    {
        using var budget = new EventBudget(EventBudget.Refill, _time);

        Assert.All(Enumerable.Range(0, EventBudget.Burst), _ => Assert.Equal(EventVerdict.Publish, budget.TryTake("one")));

        Assert.Equal(EventVerdict.DropFirst, budget.TryTake("one"));
        Assert.Equal(EventVerdict.Drop, budget.TryTake("one"));
        Assert.Equal(EventVerdict.Publish, budget.TryTake("another"));
    }

    [Fact]
    public void After_a_while_it_has_one_more_and_the_next_that_is_dropped_is_reported_again()
    {
        // The library's bucket has a clock of its own.
        using var budget = new EventBudget(TimeSpan.FromMilliseconds(20), _time);
        var started = Stopwatch.GetTimestamp();
        var verdicts = new List<EventVerdict>();
        while (
            verdicts.Count(verdict => verdict == EventVerdict.DropFirst) < 2 && Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(10)
        )
        {
            if (budget.TryTake("one") is not EventVerdict.Drop and var verdict)
            {
                verdicts.Add(verdict);
            }
        }

        Assert.Equal(2, verdicts.Count(verdict => verdict == EventVerdict.DropFirst));
        Assert.True(verdicts.Count(verdict => verdict == EventVerdict.Publish) > EventBudget.Burst);
    }

    [Fact]
    public void Objects_without_events_for_long_are_forgotten_and_others_are_not()
    {
        using var budget = new EventBudget(TimeSpan.FromMilliseconds(1), _time);
        using var slow = new EventBudget(EventBudget.Refill, _time);
        Assert.All(Enumerable.Range(0, 100), i =>
            Assert.Equal((EventVerdict.Publish, EventVerdict.Publish), (budget.TryTake($"{i}"), slow.TryTake($"{i}")))
        );
        Assert.Equal((100, 100), (budget.Count, slow.Count));

        Assert.True(
            SpinWait.SpinUntil(
                () =>
                {
                    _time.Advance(EventBudget.Refill);
                    budget.TryTake("new");
                    return budget.Count == 1;
                },
                TimeSpan.FromSeconds(30)
            )
        );
        slow.TryTake("new");

        Assert.Equal(101, slow.Count);
    }
}

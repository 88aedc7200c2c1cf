using CodeRepoOperator.Runtime.Client;

namespace CodeRepoOperator.Runtime.Queueing;

public sealed class FairQueueTests
{
    private static readonly FairLimits Workers = FairLimits.ForWorkers(16);

    private readonly Dictionary<string, int> _widths = [];
    private readonly FairQueue _queue;
    private long _number;

    public FairQueueTests() => _queue = Make(Workers);

    [Fact]
    public void A_namespace_that_is_alone_takes_most_places_and_leaves_a_quarter()
    {
        Enter("busy", 100, _ => "known");

        Assert.Equal(12, TakeAll().Count);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(100)]
    public void Hosts_that_give_no_response_take_what_one_namespace_may_and_no_more(int hosts)
    {
        for (var host = 0; host < hosts; host++)
        {
            _widths[$"silent-{host}"] = 4;
        }

        Enter("hostile", 100, number => $"silent-{number % hosts}");
        Assert.InRange(TakeAll().Count, 9, 12);

        Enter("good", 20, _ => "known");
        Assert.InRange(TakeAll().Count, 3, 7);
    }

    [Fact]
    public void What_hangs_counts_no_more_once_it_is_parked_but_its_namespace_gets_nothing_for_it()
    {
        Enter("hostile", 100, number => $"silent-{number}");
        var hanging = TakeAll();
        Enter("good", 20, _ => "known");
        hanging.ForEach(_queue.Park);

        var taken = TakeAll();

        Assert.Equal(12, taken.Count(ticket => ticket.Key.Namespace == "good"));
        Assert.InRange(taken.Count(ticket => ticket.Key.Namespace == "hostile"), 0, 2);
    }

    [Fact]
    public void Several_namespaces_that_hang_leave_workers_to_all_others()
    {
        for (var hostile = 0; hostile < 5; hostile++)
        {
            var name = $"hostile-{hostile}";
            Enter(name, 100, number => $"{name}-{number}");
        }

        // Each round stands for the time after which what is worked on counts no more.
        for (var round = 0; round < 20; round++)
        {
            TakeAll().Where(_ => _queue.CanPark).ToList().ForEach(_queue.Park);
        }

        Enter("good", 20, _ => "known");
        Assert.InRange(TakeAll().Count(ticket => ticket.Key.Namespace == "good"), 4, 12);
    }

    [Fact]
    public void Places_that_come_free_go_to_all_namespaces_alike()
    {
        string[] names = ["one", "two", "three", "four", "five"];
        foreach (var name in names)
        {
            Enter(name, name == "one" ? 2000 : 200, _ => "known-" + name);
        }

        var served = Serve(800);

        Assert.All(names, name => Assert.InRange(served[name], 140, 180));
    }

    [Theory]
    [InlineData(1, 500)] // Beside a single place there is one for the other namespace, and so there is nothing to be weighed.
    [InlineData(4, 450)]
    [InlineData(16, 450)]
    public void A_flood_that_is_awaited_gets_more_and_starves_nobody(int places, int most)
    {
        var queue = Make(FairLimits.ForClones(places));
        Enter("flood", 4000, number => $"known-{number % 7}", isAwaited: true, queue: queue);
        Enter("modest", 1000, _ => "known-other", queue: queue);

        var served = Serve(1000, queue);

        Assert.InRange(served["modest"], 150, most);
    }

    [Fact]
    public void What_heals_gets_more_than_what_does_not()
    {
        // Without a reserve of its own, which would give it more anyway.
        var queue = Make(new FairLimits(16, Starved: 0, Healing: 0, Local: 0, Parked: 0));
        Enter("broken", 2000, _ => "known", isHealing: true, queue: queue);
        Enter("other", 2000, _ => "known-too", queue: queue);

        var served = Serve(1000, queue);

        Assert.InRange(served["other"], 250, 450);
    }

    [Fact]
    public void The_last_places_go_to_namespaces_that_hold_few()
    {
        Enter("one", 100, number => $"known-one-{number % 3}");
        var first = TakeAll().Count;
        Enter("two", 100, _ => "known-two");
        var second = TakeAll().Count;

        // Each leaves something to the next.
        Assert.InRange(first + second, 2, Workers.Places - 1);
        Enter("three", 1, _ => "known-three");
        var third = TakeAll();
        Assert.InRange(first + second + third.Count, Workers.Places + 1, Workers.Places + Workers.Starved);
        Assert.Single(third, ticket => ticket.Key.Namespace == "three");
        Assert.InRange(second + third.Count(ticket => ticket.Key.Namespace == "two"), 2, Workers.Few);
        Assert.DoesNotContain(third, ticket => ticket.Key.Namespace == "one");
    }

    [Fact]
    public void What_heals_is_not_kept_waiting_by_what_else_its_namespace_has_hanging()
    {
        _widths["host"] = 16;
        Enter("team", 100, _ => "host");
        TakeAll();

        Enter("team", 1, _ => "host", isHealing: true);

        Assert.True(Assert.Single(TakeAll()).Priority.IsHealing);
    }

    [Fact]
    public void Namespaces_take_turns_at_a_single_place()
    {
        var queue = Make(new FairLimits(1, Starved: 0, Healing: 0, Local: 0, Parked: 0));
        foreach (var name in new[] { "a", "b", "c" })
        {
            Enter(name, 100, _ => "known", queue: queue);
        }

        Assert.All(Serve(90, queue), served => Assert.Equal(30, served.Value));
    }

    [Fact]
    public void Hosts_that_give_no_response_leave_their_namespace_room_for_one_that_does()
    {
        Enter("team", 100, number => $"silent-{number % 4}");
        TakeAll();

        Enter("team", 5, _ => "known");

        Assert.InRange(TakeAll().Count, 2, 5);
    }

    [Fact]
    public void No_more_are_parked_than_may_be()
    {
        for (var name = 0; name < 200; name++)
        {
            Enter($"hostile-{name}", 1, number => $"silent-{name}-{number}");
        }

        for (var round = 0; round < 20; round++)
        {
            foreach (var ticket in TakeAll())
            {
                if (_queue.CanPark)
                {
                    _queue.Park(ticket);
                }
            }
        }

        Assert.Equal(Workers.Parked, _queue.Parked);
    }

    [Fact]
    public void One_that_is_awaited_goes_before_the_next_of_others()
    {
        Enter("busy", 100, number => $"known-{number % 3}");
        var running = TakeAll();
        var awaited = _queue.Enter(new NamespacedName("other", "awaited"), new QueuePriority("known", IsAwaited: true), _number++);

        Assert.Equal(awaited, _queue.Next());
        Assert.NotEmpty(running);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("known", true)]
    public void Removals_and_what_heals_find_a_place_when_all_are_held(string? group, bool isHealing)
    {
        for (var number = 0; number < 30; number++)
        {
            Enter($"busy-{number}", 10, _ => $"known-{number}");
        }

        TakeAll();
        Assert.Null(_queue.Next());
        var reserved = _queue.Enter(
            new NamespacedName("busy-0", "reserved"),
            new QueuePriority(group, IsAwaited: false, isHealing),
            _number++
        );

        Assert.Equal(reserved, _queue.Next());
    }

    [Fact]
    public void What_heals_for_ever_leaves_its_own_namespace_turns_for_the_rest()
    {
        Enter("team", 2000, _ => "known", isHealing: true);
        Enter("team", 200, _ => "known-too");
        var first = 0;
        for (var priority = 0; priority < 400; priority++)
        {
            var next = _queue.Next()!;
            first += next.Priority.IsHealing ? 0 : 1;
            _queue.Take(next);
            _queue.Free(next);
        }

        Assert.InRange(first, 80, 200);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_group_that_hangs_leaves_room_for_another_of_its_namespace(bool isKnown)
    {
        _widths["slow"] = isKnown ? 12 : 4;
        Enter("team", 100, _ => "slow");
        TakeAll();

        Enter("team", 1, _ => "quick");

        Assert.Equal("quick", Assert.Single(TakeAll()).Priority.Group);
    }

    [Fact]
    public void However_it_is_used_no_limit_is_passed_and_nothing_is_lost()
    {
        var random = new Random(7);
        foreach (var name in Enumerable.Range(0, 9))
        {
            _widths[$"group-{name}"] = 1 + (name % 12);
        }

        var (waiting, held) = (new HashSet<FairTicket>(), new List<FairTicket>());
        for (var step = 0; step < 20_000; step++)
        {
            switch (random.Next(5))
            {
                case 0 or 1:
                    var group = random.Next(6) == 0 ? null : $"group-{random.Next(9)}";
                    waiting.Add(
                        _queue.Enter(
                            new NamespacedName($"ns-{random.Next(7)}", $"{step}"),
                            new QueuePriority(group, random.Next(4) == 0, random.Next(5) == 0),
                            step
                        )
                    );
                    break;
                case 2 when waiting.Count > 0 && random.Next(4) == 0:
                    var left = waiting.First();
                    waiting.Remove(left);
                    _queue.Leave(left);
                    break;
                case 3 when held.Count > 0:
                    var at = random.Next(held.Count);
                    _queue.Free(held[at]);
                    held.RemoveAt(at);
                    break;
                default:
                    if (_queue.Next() is { } next)
                    {
                        Assert.True(waiting.Remove(next));
                        _queue.Take(next);
                        held.Add(next);
                        if (random.Next(3) == 0 && _queue.CanPark && next.Priority.Group is not null)
                        {
                            _queue.Park(next);
                        }
                    }

                    break;
            }

            Assert.True(held.Count <= Workers.Total);
            Assert.All(held.Where(ticket => ticket.Priority.Group is not null).CountBy(ticket => ticket.Priority.Group!), group =>
                Assert.True(group.Value <= WidthOf(group.Key))
            );
        }

        held.ForEach(_queue.Free);
        while (_queue.Next() is { } next)
        {
            Assert.True(waiting.Remove(next));
            _queue.Take(next);
            _queue.Free(next);
        }

        Assert.Empty(waiting);
    }

    private FairQueue Make(FairLimits limits) => new(limits, WidthOf);

    private int WidthOf(string group) => _widths.GetValueOrDefault(group, group.StartsWith("silent", StringComparison.Ordinal) ? 4 : 12);

    private void Enter(
        string ofNamespace,
        int count,
        Func<int, string> groupOf,
        bool isAwaited = false,
        bool isHealing = false,
        FairQueue? queue = null
    )
    {
        for (var number = 0; number < count; number++)
        {
            (queue ?? _queue).Enter(
                new NamespacedName(ofNamespace, $"{_number}"),
                new QueuePriority(groupOf(number), isAwaited, isHealing),
                _number++
            );
        }
    }

    private List<FairTicket> TakeAll()
    {
        var taken = new List<FairTicket>();
        while (_queue.Next() is { } next)
        {
            _queue.Take(next);
            taken.Add(next);
        }

        return taken;
    }

    /// <summary>Gives out places, the oldest coming free when there is none, and counts by namespace.</summary>
    private Dictionary<string, int> Serve(int turns, FairQueue? queue = null)
    {
        queue ??= _queue;
        var (running, served) = (new Queue<FairTicket>(), new Dictionary<string, int>());
        while (turns > 0)
        {
            if (queue.Next() is { } next)
            {
                queue.Take(next);
                running.Enqueue(next);
                served[next.Key.Namespace] = served.GetValueOrDefault(next.Key.Namespace) + 1;
                turns--;
            }
            else
            {
                queue.Free(running.Dequeue());
            }
        }

        return served;
    }
}

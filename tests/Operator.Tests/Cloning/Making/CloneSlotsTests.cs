using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Queueing;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Making;

public sealed class CloneSlotsTests : IDisposable
{
    private readonly HostShares _shares = new();
    private readonly FakeOrder<CodeRepo> _order = new();
    private readonly CloneSlots _slots;

    public CloneSlotsTests() => _slots = new CloneSlots(_shares, _order, Options.Create(new StoreOptions { MaxConcurrentClones = 4 }));

    public void Dispose() => _slots.Dispose();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_more_run_than_there_are_places_and_each_one_given_back_is_used_in_order()
    {
        var running = await Task.WhenAll(Enumerable.Range(0, 4).Select(number => TakeAsync($"{number}", $"host-{number}")));
        var (first, second) = (TakeAsync("first", "x"), TakeAsync("second", "y"));
        Assert.False(first.IsCompleted || second.IsCompleted);

        running[0].Dispose();
        await first;
        Assert.False(second.IsCompleted);
        running[1].Dispose();
        await second;
    }

    [Fact]
    public async Task A_place_given_back_twice_counts_once()
    {
        var running = await Task.WhenAll(Enumerable.Range(0, 4).Select(number => TakeAsync($"{number}", $"host-{number}")));
        running[0].Dispose();
        running[0].Dispose();

        await TakeAsync("first", "x");
        Assert.False(TakeAsync("second", "y").IsCompleted);
    }

    [Fact]
    public async Task One_host_leaves_a_place_to_others()
    {
        _shares.Responses("slow");
        var running = await Task.WhenAll(Enumerable.Range(0, 3).Select(number => TakeAsync($"{number}", "slow")));
        var fourth = TakeAsync("fourth", "slow");
        Assert.False(fourth.IsCompleted);

        await TakeAsync("other", "quick");
        Assert.False(fourth.IsCompleted);
        running[0].Dispose();
        await fourth;
    }

    [Fact]
    public async Task A_host_that_turns_out_to_respond_gets_its_share_at_once()
    {
        await TakeAsync("first", "new");
        var second = TakeAsync("second", "new");
        Assert.False(second.IsCompleted);

        _shares.Responses("new");

        await second;
    }

    [Fact]
    public async Task Hosts_that_give_no_response_get_one_place_each()
    {
        _shares.Note("slow", new CloneFailure(Reasons.Timeout, ""));
        _shares.Note("slower", new CloneFailure(Reasons.Timeout, ""));
        await TakeAsync("a", "slow");
        await TakeAsync("b", "slower");
        Assert.False(TakeAsync("c", "slow").IsCompleted);

        await TakeAsync("d", "quick");
    }

    [Fact]
    public async Task A_clone_that_somebody_begins_to_wait_for_goes_first()
    {
        var running = await Task.WhenAll(Enumerable.Range(0, 4).Select(number => TakeAsync($"{number}", $"host-{number}")));
        var (first, second) = (TakeAsync("first", "x"), TakeAsync("second", "y"));
        _order.Awaited.Add(Key("second"));

        running[0].Dispose();
        await second;
        Assert.False(first.IsCompleted);
        running[1].Dispose();
        await first;
    }

    [Fact]
    public async Task Who_gives_up_takes_no_place()
    {
        var running = await Task.WhenAll(Enumerable.Range(0, 4).Select(number => TakeAsync($"{number}", $"host-{number}")));
        using var patience = new CancellationTokenSource();
        var impatient = _slots.TakeAsync(Key("impatient"), "x", isHealing: false, patience.Token);
        var next = TakeAsync("next", "y");
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);

        running[0].Dispose();
        await next;
    }

    [Fact]
    public async Task However_takers_come_and_give_up_all_places_are_there_in_the_end()
    {
        await Parallel.ForAsync(0, 2000, Token, async (number, _) =>
        {
            using var patience = new CancellationTokenSource();
            var taking = _slots.TakeAsync(Key($"{number}"), $"host-{number % 3}", isHealing: false, patience.Token);
            if (number % 2 == 0)
            {
                await patience.CancelAsync();
            }

            try
            {
                (await taking).Dispose();
            }
            catch (OperationCanceledException)
            {
                // It came too late.
            }
        });

        await Task.WhenAll(Enumerable.Range(0, 4).Select(number => TakeAsync($"last-{number}", $"host-{number}")))
            .WaitAsync(TimeSpan.FromSeconds(10), Token);
    }

    [Fact]
    public async Task A_namespace_that_hangs_leaves_places_to_others_and_to_lost_clones()
    {
        for (var host = 0; host < 10; host++)
        {
            _shares.Responses($"host-{host}");
        }

        var hanging = Enumerable
            .Range(0, 20)
            .Select(number => _slots.TakeAsync(new("hostile", $"{number}"), $"host-{number % 10}", isHealing: false, Token))
            .ToList();
        var good = Enumerable
            .Range(0, 20)
            .Select(number => _slots.TakeAsync(new("good", $"{number}"), "known", isHealing: false, Token))
            .ToList();
        Assert.InRange(hanging.Count(place => place.IsCompleted), 3, 4);

        // One after the other, while nothing of the others ends.
        foreach (var next in good)
        {
            (await next).Dispose();
        }

        (await _slots.TakeAsync(new("hostile", "lost"), "host-0", isHealing: true, Token)).Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(64)]
    public async Task One_namespace_never_has_more_running_than_are_set(int places)
    {
        using var slots = new CloneSlots(_shares, _order, Options.Create(new StoreOptions { MaxConcurrentClones = places }));
        for (var host = 0; host < 100; host++)
        {
            _shares.Responses($"host-{host}");
        }

        var taking = Enumerable
            .Range(0, 200)
            .Select(number => slots.TakeAsync(new("team", $"{number}"), $"host-{number % 100}", isHealing: false, Token))
            .ToList();

        Assert.InRange(taking.Count(place => place.IsCompleted), (places + 1) / 2, places);
    }

    [Fact]
    public async Task A_spare_place_is_recalled_for_one_who_would_have_it_and_no_sooner()
    {
        for (var host = 0; host < 4; host++)
        {
            _shares.Responses($"host-{host}");
        }

        var held = new List<IDisposable> { await TakeAsync("0", "host-0"), await TakeAsync("1", "host-1") };
        using var spare = _slots.TryTakeSpare();
        Assert.NotNull(spare);
        Assert.Null(_slots.TryTakeSpare());
        held.Add(await TakeAsync("2", "host-2"));
        Assert.False(spare.Recalled.IsCompleted);

        var wanted = TakeAsync("4", "host-3");
        Assert.False(wanted.IsCompleted);
        await spare.Recalled;
        spare.Dispose();

        await wanted;
    }

    [Fact]
    public async Task A_spare_place_is_lent_only_when_one_is_free_and_given_back_once()
    {
        var held = await Task.WhenAll(Enumerable.Range(0, 4).Select(number => TakeAsync($"{number}", $"host-{number}")));
        Assert.Null(_slots.TryTakeSpare());
        held[0].Dispose();

        var spare = _slots.TryTakeSpare();
        Assert.NotNull(spare);
        spare.Dispose();
        spare.Dispose();

        using var again = _slots.TryTakeSpare();
        Assert.NotNull(again);
        spare.Dispose();
        Assert.Null(_slots.TryTakeSpare());
    }

    [Fact]
    public async Task A_spare_place_is_kept_while_others_wait_for_a_host_that_hangs()
    {
        _shares.Note("slow", new CloneFailure(Reasons.Timeout, ""));
        await TakeAsync("0", "slow");
        using var spare = _slots.TryTakeSpare();

        Assert.False(TakeAsync("1", "slow").IsCompleted);

        Assert.False(spare!.Recalled.IsCompleted);
    }

    /// <summary>Of one namespace or of another one, by what the name ends with.</summary>
    private static NamespacedName Key(string name) => new(char.IsDigit(name[^1]) && name[^1] % 2 == 1 ? "team-1" : "team-0", name);

    private Task<IDisposable> TakeAsync(string name, string host) => _slots.TakeAsync(Key(name), host, isHealing: false, Token);
}

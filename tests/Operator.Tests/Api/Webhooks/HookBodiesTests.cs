namespace CodeRepoOperator.Api.Webhooks;

/// <summary>Slow bodies, and who makes room.</summary>
public sealed class HookBodiesTests
{
    [Fact]
    public void Slow_bodies_make_room_for_the_newest_the_oldest_of_the_busiest_address_first()
    {
        var bodies = new HookBodies(most: 4, mostBytes: 1000);
        using var calm = bodies.Take("calm", 10);
        var slow = Enumerable.Range(0, 3).Select(_ => bodies.Take("slow", 10)).ToList();

        using var newest = bodies.Take("new", 10);

        Assert.Equal([true, false, false], slow.Select(place => place.Evicted.IsCancellationRequested));
        Assert.False(calm.Evicted.IsCancellationRequested);
        Assert.False(newest.Evicted.IsCancellationRequested);
        slow.ForEach(place => place.Dispose());
    }

    [Fact]
    public void Large_bodies_make_room_by_their_bytes_and_small_ones_stay()
    {
        var bodies = new HookBodies(most: 64, mostBytes: 1000);
        using var large = bodies.Take("one", 900);
        using var small = bodies.Take("one", 50);

        using var next = bodies.Take("two", 500);

        Assert.True(large.Evicted.IsCancellationRequested);
        Assert.False(small.Evicted.IsCancellationRequested);
    }

    [Fact]
    public void A_body_that_was_read_leaves_its_place()
    {
        var bodies = new HookBodies(most: 1, mostBytes: 1000);
        bodies.Take("one", 10).Dispose();
        using var second = bodies.Take("two", 10);
        Assert.False(second.Evicted.IsCancellationRequested);
    }

    [Fact]
    public void Bodies_that_were_read_drive_out_no_slow_one()
    {
        var bodies = new HookBodies(most: 2, mostBytes: 1000);
        using var slow = bodies.Take("one", 10);

        for (var read = 0; read < 10; read++)
        {
            bodies.Take("one", 900).Dispose();
        }

        Assert.False(slow.Evicted.IsCancellationRequested);
    }
}

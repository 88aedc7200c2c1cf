namespace CodeRepoOperator.Runtime.Serving;

/// <summary>Who makes room when there are too many connections.</summary>
public sealed class ConnectionPlacesTests
{
    [Fact]
    public void Idle_connections_never_keep_a_newcomer_out_not_even_one_of_their_own_address()
    {
        var places = new ConnectionPlaces(8, mayEndRequests: false);
        var ended = 0;
        for (var number = 0; number < 4050; number++)
        {
            var (place, evicted) = places.Take("node", () => ended++);
            Assert.NotNull(place);
            evicted?.End();
        }

        // One address has three quarters of the places.
        Assert.Equal((6, 4044), (places.Taken, ended));
    }

    [Fact]
    public void The_oldest_idle_one_of_the_address_that_has_the_most_makes_room()
    {
        var places = new ConnectionPlaces(4, mayEndRequests: false);
        var few = places.Take("probe", () => { }).Place;
        var many = Enumerable.Range(0, 3).Select(_ => places.Take("flood", () => { }).Place).ToList();
        many[0]!.BeginRequest();
        many[0]!.EndRequest();

        var (place, evicted) = places.Take("scrape", () => { });

        Assert.NotNull(place);
        Assert.Same(many[1], evicted);
        Assert.NotSame(few, evicted);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_being_responded_to_stays_while_there_are_idle_ones_and_after_that_as_the_listener_has_it(bool mayEndRequests)
    {
        var places = new ConnectionPlaces(4, mayEndRequests);
        var all = Enumerable.Range(0, 4).Select(number => places.Take($"{number}", () => { }).Place!).ToList();
        all.ForEach(place => place.BeginRequest());
        all[2].EndRequest();

        Assert.Same(all[2], places.Take("new", () => { }).Evicted);
        places.Leave(all[3]);
        var newest = places.Take("newer", () => { }).Place!;
        newest.BeginRequest();
        var idle = places.Take("newest", () => { });
        Assert.NotNull(idle.Place);
        idle.Place.BeginRequest();
        var (place, evicted) = places.Take("one more", () => { });

        Assert.Equal(mayEndRequests, place is not null);
        Assert.Equal(mayEndRequests, evicted is not null);
    }

    [Fact]
    public void What_ended_leaves_its_place_once()
    {
        var places = new ConnectionPlaces(4, mayEndRequests: false);
        var place = places.Take("one", () => { }).Place!;
        place.Dispose();
        place.Dispose();
        place.EndRequest();

        Assert.Equal(0, places.Taken);
    }

    [Theory]
    [InlineData("an ample limit", 16_384, 1_048_576, 16_384)]
    [InlineData("a limit of 20000", 16_384, 20_000, 16_384)]
    [InlineData("a limit of 4096", 16_384, 4096, 2560)]
    [InlineData("a limit of 1024", 16_384, 1024, 256)]
    [InlineData("hardly any", 16_384, 100, 16)]
    [InlineData("few connections", 256, 4096, 256)]
    public void A_listener_leaves_descriptors_to_the_work(string what, int wanted, int limit, int connections) =>
        Assert.True(connections == Descriptors.Connections(wanted, limit), what);

    [Fact]
    public void Descriptors_are_counted_and_their_limit_is_raised()
    {
        Descriptors.RaiseLimit();

        Assert.InRange(Descriptors.Open, 3, Descriptors.Limit);
    }
}

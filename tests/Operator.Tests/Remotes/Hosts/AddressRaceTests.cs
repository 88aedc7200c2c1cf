using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;

namespace CodeRepoOperator.Remotes.Hosts;

public sealed class AddressRaceTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<Way> _ways = [];

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_first_one_that_responds_at_once_is_alone()
    {
        var race = Run("192.0.2.1", "192.0.2.2");
        _ways[0].Connects();

        Assert.Same(_ways[0], await race);
        Assert.Single(_ways);
    }

    [Fact]
    public async Task One_that_is_silent_costs_a_quarter_of_a_second()
    {
        var race = Run("192.0.2.1", "192.0.2.2", "192.0.2.3");
        _time.Advance(AddressRace.HeadStart - TimeSpan.FromMilliseconds(1));
        Assert.Single(_ways);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await WaysAsync(2);
        await AdvanceToAsync(3);
        _ways[1].Connects();

        Assert.Same(_ways[1], await race);
        Assert.Equal([true, false, true], _ways.Select(way => way.IsCancelled));
    }

    [Fact]
    public async Task One_that_fails_costs_nothing()
    {
        var race = Run("192.0.2.1", "192.0.2.2");
        _ways[0].Fails(SocketError.ConnectionRefused);
        await WaysAsync(2);
        _ways[1].Connects();

        Assert.Same(_ways[1], await race);
    }

    [Fact]
    public async Task When_none_responds_it_is_what_the_last_one_failed_with()
    {
        var race = Run("192.0.2.1", "192.0.2.2");
        _ways[0].Fails(SocketError.NetworkUnreachable);
        await WaysAsync(2);
        _ways[1].Fails(SocketError.ConnectionRefused);

        Assert.Equal(SocketError.ConnectionRefused, (await Assert.ThrowsAsync<SocketException>(() => race)).SocketErrorCode);
        Assert.Equal(SocketError.HostNotFound, (await Assert.ThrowsAsync<SocketException>(() => Run())).SocketErrorCode);
    }

    [Fact]
    public async Task Families_take_turns_beginning_with_the_one_that_is_preferred()
    {
        var race = Run("2001:db8::1", "2001:db8::2", "2001:db8::3", "192.0.2.1", "192.0.2.2");
        for (var i = 2; i <= 5; i++)
        {
            await AdvanceToAsync(i);
        }

        Assert.Equal(["2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2", "2001:db8::3"], _ways.Select(way => way.Address));
        _ways[4].Connects();
        await race;
    }

    /// <summary>A host that refuses us is not asked again at its next address.</summary>
    [Fact]
    public async Task One_that_has_responded_decides_how_it_ends()
    {
        var race = Run("192.0.2.1", "192.0.2.2");
        await AdvanceToAsync(2);
        _ways[0].Responses();
        await CancelledAsync(_ways[1]);
        _ways[0].Fails(SocketError.ConnectionReset);

        Assert.Equal(SocketError.ConnectionReset, (await Assert.ThrowsAsync<SocketException>(() => race)).SocketErrorCode);
    }

    [Fact]
    public async Task Nothing_that_comes_too_late_stays_open()
    {
        var race = Run("192.0.2.1", "192.0.2.2");
        await AdvanceToAsync(2);
        _ways[0].IgnoresTheEnd = true;
        _ways[1].Connects();
        await CancelledAsync(_ways[0]);
        _ways[0].Connects();

        Assert.Same(_ways[1], await race);
        Assert.Equal((true, false), (_ways[0].IsDisposed, _ways[1].IsDisposed));
    }

    [Fact]
    public async Task The_end_ends_all_of_them()
    {
        using var end = new CancellationTokenSource();
        var race = AddressRace.RunAsync([IPAddress.Loopback, IPAddress.IPv6Loopback], ConnectAsync, _time, end.Token);
        await AdvanceToAsync(2);
        await end.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => race);
        Assert.All(_ways, way => Assert.True(way.IsCancelled));
    }

    private int Count
    {
        get
        {
            lock (_ways)
            {
                return _ways.Count;
            }
        }
    }

    private Task<Way> Run(params string[] addresses) =>
        AddressRace.RunAsync([.. addresses.Select(IPAddress.Parse)], ConnectAsync, _time, Ended);

    private Task<Way> ConnectAsync(IPAddress address, Action responded, CancellationToken ended)
    {
        var way = new Way(address, responded, ended);
        lock (_ways)
        {
            _ways.Add(way);
        }

        return way.Connecting;
    }

    // More than once: the race may not look at the clock yet.
    private Task AdvanceToAsync(int ways) =>
        UntilAsync(() =>
        {
            _time.Advance(AddressRace.HeadStart);
            return Count >= ways;
        });

    private Task WaysAsync(int count) => UntilAsync(() => Count >= count);

    private static Task CancelledAsync(Way way) => UntilAsync(() => way.IsCancelled);

    // What is waited for comes by a thread of the pool, with no event of its own.
    private static async Task UntilAsync(Func<bool> holds)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Ended);
        deadline.CancelAfter(TimeSpan.FromSeconds(30));
        while (!holds())
        {
            deadline.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>A connection that a test makes.</summary>
    private sealed class Way : IAsyncDisposable
    {
        private readonly TaskCompletionSource<Way> _connecting = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Action _responded;

        public Way(IPAddress address, Action responded, CancellationToken ended)
        {
            (Address, _responded) = (address.ToString(), responded);
            ended.Register(() =>
            {
                IsCancelled = true;
                if (!IgnoresTheEnd)
                {
                    _connecting.TrySetCanceled(ended);
                }
            });
        }

        public string Address { get; }

        public Task<Way> Connecting => _connecting.Task;

        public bool IsCancelled { get; private set; }

        public bool IsDisposed { get; private set; }

        public bool IgnoresTheEnd { get; set; }

        public void Connects() => _connecting.SetResult(this);

        public void Responses() => _responded();

        public void Fails(SocketError error) => _connecting.SetException(new SocketException((int)error));

        public ValueTask DisposeAsync()
        {
            IsDisposed = true;
            return ValueTask.CompletedTask;
        }
    }
}

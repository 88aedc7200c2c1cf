using System.Net;
using System.Net.Sockets;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Remotes.Http;

/// <summary>Names whose addresses change, or of which some are refused, at the place where connections are made.</summary>
public sealed class GuardedConnectTests
{
    private const string Name = "git.rebound.test";
    private const string Permitted = "127.0.0.1";
    private const string Denied = "127.6.0.1";

    private static readonly GitOptions Options = new()
    {
        PermittedNetworks = ["127.0.0.0/8", "::1/128"],
        DeniedNetworks = ["127.6.0.0/16"],
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true, Permitted)]
    [InlineData(true, Denied, Permitted)]
    [InlineData(true, Permitted, Denied)]
    [InlineData(false, Denied)]
    [InlineData(false, Denied, "::ffff:127.6.0.2")]
    [InlineData(false, "64:ff9b::7f06:1")]
    public async Task Only_what_is_permitted_is_connected_to(bool allowed, params string[] addresses)
    {
        await using var fixture = await RemoteFixture.StartAsync();
        await (await fixture.ProjectAsync()).CommitAsync("a.txt", "one");
        using var trap = new Trap(fixture.Server.Address.Port);
        using var http = Connecting(() => addresses);

        Assert.Equal(allowed ? null : Reasons.HostNotAllowed, await FailureAsync(http, fixture));
        Assert.False(trap.WasEntered);
    }

    [Fact]
    public async Task A_connection_is_kept_only_to_where_it_was_permitted()
    {
        await using var fixture = await RemoteFixture.StartAsync();
        await (await fixture.ProjectAsync()).CommitAsync("a.txt", "one");
        using var trap = new Trap(fixture.Server.Address.Port);
        string[] addresses = [Permitted];
        using var http = Connecting(() => addresses);
        Assert.Null(await FailureAsync(http, fixture));
        addresses = [Denied];

        // The connection from before still leads to the permitted address; a new one is judged anew.
        Assert.Null(await FailureAsync(http, fixture));
        using var another = Connecting(() => addresses);
        Assert.Equal(Reasons.HostNotAllowed, await FailureAsync(another, fixture));
        Assert.False(trap.WasEntered);
    }

    /// <summary>The time for a connection is over long before a dead address gives up by itself.</summary>
    [Theory]
    [InlineData("127.7.0.1", Permitted)]
    [InlineData("127.7.0.1", "127.7.0.2", "127.7.0.3", Permitted)]
    [InlineData("127.7.0.1", "::1", Permitted)]
    [InlineData("127.7.0.1", Denied, Permitted)]
    [InlineData(Permitted, "127.7.0.1")]
    public async Task An_address_that_is_dead_costs_next_to_nothing(params string[] addresses)
    {
        await using var fixture = await RemoteFixture.StartAsync();
        await (await fixture.ProjectAsync()).CommitAsync("a.txt", "one");
        using var trap = new Trap(fixture.Server.Address.Port);
        var holes = addresses
            .Where(one => one.StartsWith("127.7.", StringComparison.Ordinal))
            .Select(one => new BlackHole(one, fixture.Server.Address.Port))
            .ToList();
        using var http = Connecting(() => addresses);

        Assert.Null(await FailureAsync(http, fixture));
        Assert.False(trap.WasEntered);
        holes.ForEach(hole => hole.Dispose());
    }

    private static GitHttp Connecting(Func<string[]> addresses) =>
        new(Options, new HostPolicy(Microsoft.Extensions.Options.Options.Create(Options)), new WebProxy(), (host, _) =>
            Task.FromResult<IPAddress[]>(host == Name ? [.. addresses().Select(IPAddress.Parse)] : [])
        );

    private static async Task<string?> FailureAsync(GitHttp http, RemoteFixture fixture)
    {
        // The trap never responds.
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        deadline.CancelAfter(TimeSpan.FromSeconds(10));
        try
        {
            var url = GitUrl.Parse($"http://{Name}:{fixture.Server.Address.Port}/project.git").Value!;
            var found = await InfoRefs.GetAsync(http, url.Uri!, credentials: null, deadline.Token);
            await found.Response!.Content.ReadAsByteArrayAsync(deadline.Token);
            found.Response.Dispose();
            return null;
        }
        catch (RemoteFailureException e)
        {
            return e.Failure.Reason;
        }
    }

    /// <summary>Listens at the denied address, on the port of the permitted one.</summary>
    private sealed class Trap : IDisposable
    {
        private readonly TcpListener _listener;

        public Trap(int port)
        {
            _listener = new TcpListener(IPAddress.Parse(Denied), port);
            _listener.Start();
        }

        public bool WasEntered => _listener.Pending();

        public void Dispose() => _listener.Dispose();
    }
}

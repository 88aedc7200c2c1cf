using System.Net;
using System.Net.Sockets;
using CodeRepoOperator.Runtime.Monitoring;
using CodeRepoOperator.Runtime.Settings;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;
using Prometheus;

namespace CodeRepoOperator.Runtime.Serving;

/// <summary>A listener whose connections are too many.</summary>
public sealed class GuardedTransportTests
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_flood_ends_its_own_oldest_connections_and_the_newest_is_served()
    {
        var places = new ConnectionPlaces(8, mayEndRequests: true);
        await using var listener = await ListenAsync(places, highestDescriptor: int.MaxValue);
        var accepted = new List<ConnectionContext>();
        var clients = new List<Socket>();
        try
        {
            for (var number = 0; number < 100; number++)
            {
                clients.Add(await ConnectAsync(listener));
                accepted.Add((await listener.AcceptAsync(Ended))!);
            }

            Assert.Equal(6, places.Taken);
            Assert.Equal(0, await ReadAsync(clients[0]));
            await accepted[^1].Transport.Output.WriteAsync("ok"u8.ToArray(), Ended);
            Assert.Equal(2, await ReadAsync(clients[^1]));
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
            foreach (var connection in accepted)
            {
                await connection.DisposeAsync();
            }
        }

        Assert.Equal(0, places.Taken);
    }

    [Fact]
    public async Task Connections_that_would_go_into_the_reserve_of_descriptors_are_closed_and_listening_goes_on()
    {
        var places = new ConnectionPlaces(8, mayEndRequests: true);
        await using var listener = await ListenAsync(places, highestDescriptor: 0);
        var accepting = listener.AcceptAsync(Ended);
        for (var number = 0; number < 3; number++)
        {
            using var client = await ConnectAsync(listener);
            Assert.Equal(0, await ReadAsync(client));
        }

        Assert.False(accepting.IsCompleted);
        await listener.UnbindAsync(Ended);
        Assert.Null(await accepting);
    }

    private static ValueTask<IConnectionListener> ListenAsync(ConnectionPlaces places, int highestDescriptor)
    {
        var metrics = new RuntimeMetrics(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry()), new RuntimeNames("test", "test"));
        var guard = new ConnectionGuard("test", places, highestDescriptor, metrics);
        return new GuardedTransport(() => guard, TimeProvider.System, NullLoggerFactory.Instance).BindAsync(
            new IPEndPoint(IPAddress.Loopback, 0),
            Ended
        );
    }

    private static async Task<Socket> ConnectAsync(IConnectionListener listener)
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.EndPoint, Ended);
        return client;
    }

    /// <returns>How much came; 0: the connection has ended.</returns>
    private static async Task<int> ReadAsync(Socket client)
    {
        try
        {
            return await client.ReceiveAsync(new byte[16], Ended);
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionReset)
        {
            return 0;
        }
    }
}

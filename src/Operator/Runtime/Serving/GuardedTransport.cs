using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace CodeRepoOperator.Runtime.Serving;

/// <summary>Sockets for a server of Kestrel, whose connections a guard admits.</summary>
/// <param name="guard">Who admits connections; asked for when the server begins to listen, by when the settings were checked.</param>
/// <param name="time">For the age of connections.</param>
/// <param name="logs">For the log of the sockets.</param>
internal sealed class GuardedTransport(Func<ConnectionGuard> guard, TimeProvider time, ILoggerFactory logs) : IConnectionListenerFactory
{
    /// <summary>How many connections the system keeps until they are accepted; that of Kestrel.</summary>
    private const int Backlog = 512;

    /// <inheritdoc />
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        try
        {
            var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            socket.Listen(Backlog);
            var connections = new SocketConnectionContextFactory(
                new SocketConnectionFactoryOptions(),
                logs.CreateLogger<GuardedTransport>()
            );
            return ValueTask.FromResult<IConnectionListener>(new GuardedListener(socket, connections, guard(), time));
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new AddressInUseException(error.Message, error);
        }
    }
}

using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace CodeRepoOperator.Runtime.Serving;

/// <summary>
/// Accepts connections for a server, as many as there are places and descriptors for. It never ends by an error: a process that has no
/// descriptor left has some again soon.
/// </summary>
internal sealed class GuardedListener : IConnectionListener
{
    /// <summary>How long accepting pauses when it fails, so that it does not fail in a tight loop.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(0.1);

    private readonly Socket _socket;
    private readonly SocketConnectionContextFactory _connections;
    private readonly ConnectionGuard _guard;
    private readonly TimeProvider _time;

    public GuardedListener(Socket socket, SocketConnectionContextFactory connections, ConnectionGuard guard, TimeProvider time) =>
        (_socket, _connections, _guard, _time, EndPoint) = (socket, connections, guard, time, socket.LocalEndPoint!);

    /// <inheritdoc />
    public EndPoint EndPoint { get; }

    /// <inheritdoc />
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                var socket = await _socket.AcceptAsync(cancellationToken);
                if (Admit(socket) is { } connection)
                {
                    return connection;
                }
            }
            catch (Exception error)
                when (error
                        is ObjectDisposedException
                            or OperationCanceledException
                            or SocketException { SocketErrorCode: SocketError.OperationAborted }
                )
            {
                return null;
            }
            catch (SocketException)
            {
                await Task.Delay(Pause, _time, CancellationToken.None);
            }
        }
    }

    /// <inheritdoc />
    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _connections.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <returns>The connection; null: it was refused, or has gone already.</returns>
    private GuardedConnection? Admit(Socket socket)
    {
        ConnectionContext? connection = null;
        try
        {
            // The end is called for later at the earliest: there is a connection by then.
            if (_guard.Admit(socket, () => connection?.Abort()) is { } place)
            {
                connection = _connections.Create(socket);
                connection.Features.Set(place);
                connection.Features.Set<IMemoryPoolFeature>(ConnectionMemory.Instance);
                return new GuardedConnection(connection, place);
            }
        }
        catch (SocketException)
        {
            // It has gone while it waited to be accepted.
        }

        socket.Dispose();
        return null;
    }
}

using System.Net;
using System.Net.Sockets;
using CodeRepoOperator.Runtime.Monitoring;

namespace CodeRepoOperator.Runtime.Serving;

/// <summary>Decides which connections a listener takes.</summary>
/// <param name="listener">What it is called: the label <c>listener</c>.</param>
/// <param name="places">Its places.</param>
/// <param name="highestDescriptor">The highest descriptor that a connection of it may have.</param>
/// <param name="metrics">For what is refused.</param>
internal sealed class ConnectionGuard(string listener, ConnectionPlaces places, int highestDescriptor, RuntimeMetrics metrics)
{
    /// <summary>The guard of health and metrics: it goes into the reserve, for a cluster that gets no response ends the process.</summary>
    public static ConnectionGuard OfServing(int desired, RuntimeMetrics metrics)
    {
        var limit = Descriptors.Limit;
        return new ConnectionGuard(
            "serving",
            new ConnectionPlaces(Descriptors.Connections(desired, limit), mayEndRequests: true),
            limit - (Descriptors.Reserve(limit) / 2),
            metrics
        );
    }

    /// <summary>The guard of the API.</summary>
    public static ConnectionGuard OfApi(int desired, RuntimeMetrics metrics)
    {
        var limit = Descriptors.Limit;
        return new ConnectionGuard(
            "api",
            new ConnectionPlaces(Descriptors.Connections(desired, limit), mayEndRequests: false),
            limit - Descriptors.Reserve(limit),
            metrics
        );
    }

    /// <summary>Admits a connection, or does not.</summary>
    /// <param name="socket">The connection.</param>
    /// <param name="end">Ends it later, when it has to make room for another.</param>
    /// <returns>Its place; null: it is to be closed at once.</returns>
    public ConnectionPlace? Admit(Socket socket, Action end)
    {
        // A new descriptor is the lowest that is free, so its number says how many are open, without counting them.
        if ((long)socket.Handle >= highestDescriptor)
        {
            metrics.ConnectionClosed(listener);
            return null;
        }

        var (place, evicted) = places.Take(PeerNetwork.NameOf((socket.RemoteEndPoint as IPEndPoint)?.Address), end);
        if (evicted is not null || place is null)
        {
            metrics.ConnectionClosed(listener);
            evicted?.End();
        }

        metrics.Connections(listener, places.Taken);
        return place;
    }

    /// <summary>Has the gauge say how many there are, right before it is scraped.</summary>
    public void Observe() => metrics.Connections(listener, places.Taken);
}

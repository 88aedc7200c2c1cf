namespace CodeRepoOperator.Runtime.Serving;

/// <summary>The place that a connection has among those of its listener.</summary>
/// <param name="places">Where it is.</param>
/// <param name="network">Whose it is.</param>
/// <param name="end">Ends the connection at once.</param>
internal sealed class ConnectionPlace(ConnectionPlaces places, string network, Action end) : IDisposable
{
    public string Network => network;

    /// <summary>How many requests are being responded to on it.</summary>
    internal int Requests { get; set; }

    /// <summary>Where it is in the order of those of its network.</summary>
    internal LinkedListNode<ConnectionPlace>? Node { get; set; }

    /// <summary>Notes that a request has come: what is being responded to is not ended for a newcomer while there are others.</summary>
    public void BeginRequest() => places.Count(this, 1);

    /// <summary>Notes that it is responded to.</summary>
    public void EndRequest() => places.Count(this, -1);

    /// <summary>Ends the connection, for another.</summary>
    public void End() => end();

    /// <inheritdoc />
    public void Dispose() => places.Leave(this);
}

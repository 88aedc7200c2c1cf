namespace CodeRepoOperator.Runtime.Serving;

/// <summary>
/// How many connections a listener has, of whom. Idle ones never keep a newcomer out: the oldest of them makes room, of the address
/// that has the most. So a probe gets through a flood, also one from its own address.
/// </summary>
/// <param name="most">How many there may be at once; one address may have three quarters of them.</param>
/// <param name="mayEndRequests">
/// Whether, when no connection is idle, one makes room whose request is being responded to; otherwise the newcomer is refused.
/// </param>
internal sealed class ConnectionPlaces(int most, bool mayEndRequests)
{
    private readonly int _share = Math.Max(1, most - (most / 4));

    /// <summary>Guards all fields here and in the places: who makes room is chosen of what there is at one instant.</summary>
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Peer> _peers = [];
    private int _count;

    /// <summary>How many connections there are.</summary>
    public int Taken
    {
        get
        {
            lock (_lock)
            {
                return _count;
            }
        }
    }

    /// <summary>Takes a place.</summary>
    /// <param name="network">Whose connection it is.</param>
    /// <param name="end">Ends the connection; called when it has to make room for another.</param>
    /// <returns>The place, and the connection that is to be ended for it; no place: there is none to be had.</returns>
    public (ConnectionPlace? Place, ConnectionPlace? Evicted) Take(string network, Action end)
    {
        lock (_lock)
        {
            var isOverShare = _peers.TryGetValue(network, out var known) && known.Count >= _share;
            var evicted =
                isOverShare ? Oldest([known!])
                : _count >= most ? Oldest(_peers.Values)
                : null;
            if (evicted is null && (isOverShare || _count >= most))
            {
                return (null, null);
            }

            if (evicted is not null)
            {
                LeaveWhileLocked(evicted);
            }

            var place = new ConnectionPlace(this, network, end);
            if (!_peers.TryGetValue(network, out var peer))
            {
                _peers[network] = peer = new Peer();
            }

            _count++;
            place.Node = peer.Idle.AddLast(place);
            return (place, evicted);
        }
    }

    /// <summary>Notes that requests on a connection have come or are responded to.</summary>
    internal void Count(ConnectionPlace place, int requests)
    {
        lock (_lock)
        {
            place.Requests += requests;
            if (place.Node?.List is { } list)
            {
                // Behind all others of its kind: it was in use just now.
                list.Remove(place.Node);
                var peer = _peers[place.Network];
                (place.Requests > 0 ? peer.Busy : peer.Idle).AddLast(place.Node);
            }
        }
    }

    /// <summary>Frees a place.</summary>
    internal void Leave(ConnectionPlace place)
    {
        lock (_lock)
        {
            LeaveWhileLocked(place);
        }
    }

    private ConnectionPlace? Oldest(IReadOnlyCollection<Peer> peers) =>
        peers.Where(peer => peer.Idle.Count > 0).MaxBy(peer => peer.Count)?.Idle.First!.Value
        ?? (mayEndRequests ? peers.Where(peer => peer.Busy.Count > 0).MaxBy(peer => peer.Count)?.Busy.First!.Value : null);

    private void LeaveWhileLocked(ConnectionPlace place)
    {
        if (place.Node?.List is not { } list)
        {
            return;
        }

        list.Remove(place.Node);
        place.Node = null;
        _count--;
        if (_peers[place.Network].Count == 0)
        {
            _peers.Remove(place.Network);
        }
    }

    /// <summary>The connections of an address, each list in the order of their last use.</summary>
    private sealed class Peer
    {
        /// <summary>Those that wait for a request, or for all of its headers.</summary>
        public LinkedList<ConnectionPlace> Idle { get; } = new();

        /// <summary>Those whose request is being responded to.</summary>
        public LinkedList<ConnectionPlace> Busy { get; } = new();

        public int Count => Idle.Count + Busy.Count;
    }
}

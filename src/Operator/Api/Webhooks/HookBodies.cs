namespace CodeRepoOperator.Api.Webhooks;

/// <summary>
/// The bodies that are being read. What is slow never keeps others out: when there are too many, the oldest makes room, of the address that
/// sends the most. A body of somebody who means it is there within moments, so it is hardly ever the oldest.
/// </summary>
/// <param name="most">How many are read at once.</param>
/// <param name="mostBytes">How many bytes all of them may have together.</param>
internal sealed class HookBodies(int most, long mostBytes)
{
    /// <summary>Guards the list: who makes room is chosen of what there is at one instant.</summary>
    private readonly Lock _lock = new();

    /// <summary>The oldest first.</summary>
    private readonly List<Place> _places = [];

    /// <summary>Takes a place for a body.</summary>
    /// <param name="network">Whose it is.</param>
    /// <param name="bytes">How many bytes it says to have; no more than all may have together.</param>
    public Place Take(string network, long bytes)
    {
        var evicted = new List<Place>();
        var place = new Place(this, network, bytes);
        lock (_lock)
        {
            while (_places.Count > 0 && (_places.Count >= most || _places.Sum(one => one.Bytes) + bytes > mostBytes))
            {
                var oldest = _places.GroupBy(one => one.Network, StringComparer.Ordinal).MaxBy(ofOne => ofOne.Count())!.First();
                _places.Remove(oldest);
                evicted.Add(oldest);
            }

            _places.Add(place);
        }

        evicted.ForEach(one => one.Evict());
        return place;
    }

    private void Leave(Place place)
    {
        lock (_lock)
        {
            _places.Remove(place);
        }
    }

    /// <summary>The place of a body.</summary>
    internal sealed class Place(HookBodies bodies, string network, long bytes) : IDisposable
    {
        private readonly CancellationTokenSource _evicted = new();
        public string Network => network;

        /// <summary>How many bytes it says to have.</summary>
        public long Bytes => bytes;

        /// <summary>Ends when the body has to make room for others.</summary>
        public CancellationToken Evicted => _evicted.Token;

        /// <inheritdoc />
        public void Dispose()
        {
            bodies.Leave(this);
            _evicted.Dispose();
        }

        /// <summary>Has the body make room.</summary>
        internal void Evict()
        {
            try
            {
                _evicted.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It has been read meanwhile.
            }
        }
    }
}

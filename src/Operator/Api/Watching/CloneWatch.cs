using System.Threading.Channels;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Timing;

namespace CodeRepoOperator.Api.Watching;

/// <summary>One caller's watch of one CodeRepo. It has its place among all until it is disposed of.</summary>
/// <param name="watches">Where it has it.</param>
/// <param name="key">The CodeRepo.</param>
/// <param name="time">The clock.</param>
internal sealed class CloneWatch(CloneWatches watches, NamespacedName key, TimeProvider time) : IDisposable
{
    private readonly Channel<bool> _news = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    /// <summary>The CodeRepo.</summary>
    public NamespacedName Key => key;

    /// <summary>Says that something of the CodeRepo may have changed. However often that is before it is looked, it is one look.</summary>
    public void Wake() => _news.Writer.TryWrite(true);

    /// <summary>Waits until something may have changed, or so long.</summary>
    /// <returns>Whether something may have changed.</returns>
    public async Task<bool> WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        using var timeout = new LinkedTimeout(atMost, time, cancellationToken);
        try
        {
            return await _news.Reader.ReadAsync(timeout.Token);
        }
        catch (OperationCanceledException) when (timeout.HasElapsed)
        {
            return false;
        }
    }

    /// <inheritdoc />
    public void Dispose() => watches.Close(this);
}

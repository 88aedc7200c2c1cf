using System.Threading.Channels;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>Asks for a sweep before the next one is due. Any number of requests that come before it begins are one.</summary>
internal sealed class SweepRequests
{
    private readonly Channel<bool> _requests = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    /// <summary>Asks for one.</summary>
    public void Add() => _requests.Writer.TryWrite(true);

    /// <summary>Waits until one was asked for, and takes the request.</summary>
    public Task NextAsync(CancellationToken cancellationToken) => _requests.Reader.ReadAsync(cancellationToken).AsTask();
}

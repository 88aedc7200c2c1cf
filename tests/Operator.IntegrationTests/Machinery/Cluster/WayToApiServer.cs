using System.Collections.Concurrent;

namespace CodeRepoOperator.Machinery.Cluster;

/// <summary>Sees the requests of one client to a real API server, and can do something about their responses.</summary>
internal sealed class WayToApiServer : DelegatingHandler
{
    private readonly ConcurrentQueue<string> _requests = new();

    /// <summary>Method, path and query of each request so far.</summary>
    public IReadOnlyCollection<string> Requests => _requests;

    /// <summary>Called before each request, with what <see cref="Requests"/> has of it.</summary>
    public Func<string, Task> Before { get; set; } = _ => Task.CompletedTask;

    /// <summary>Which responses stop after their headers, and never end: as through a proxy that hangs.</summary>
    public Func<string, bool> Hangs { get; set; } = _ => false;

    /// <summary>Forgets the requests so far.</summary>
    public void Forget() => _requests.Clear();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var reported = $"{request.Method} {request.RequestUri!.PathAndQuery}";
        var hangs = Hangs(reported);
        _requests.Enqueue(reported);
        await Before(reported);
        var response = await base.SendAsync(request, cancellationToken);
        if (hangs)
        {
            response.Content = new StreamContent(new SilentStream());
        }

        return response;
    }

    /// <summary>Has neither data nor an end.</summary>
    private sealed class SilentStream : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return 0;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("It would block for ever.");

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

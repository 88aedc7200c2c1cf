using System.Buffers;
using Microsoft.AspNetCore.Connections.Features;

namespace CodeRepoOperator.Runtime.Serving;

/// <summary>
/// Memory for the buffers of connections. The server asks for memory of no particular size and expects a page; the shared pool of .NET,
/// which connections have that the server does not make itself, gives none then.
/// </summary>
internal sealed class ConnectionMemory : MemoryPool<byte>, IMemoryPoolFeature
{
    /// <summary>The only one: it has no state.</summary>
    public static readonly ConnectionMemory Instance = new();

    /// <summary>In bytes; that of Kestrel's own pool.</summary>
    private const int PageSize = 4096;

    private ConnectionMemory() { }

    /// <inheritdoc />
    public override int MaxBufferSize => Shared.MaxBufferSize;

    /// <inheritdoc />
    public MemoryPool<byte> MemoryPool => this;

    /// <inheritdoc />
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1) => Shared.Rent(Math.Max(minBufferSize, PageSize));

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        // What it gives out belongs to the shared pool.
    }
}

using System.Runtime.InteropServices;
using CodeRepoOperator.GitWorker.Git;

namespace CodeRepoOperator.GitWorker.Packs;

/// <summary>One object of a pack.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct PackEntry
{
    /// <summary>No other entry.</summary>
    public const int None = -1;

    /// <summary>Where it starts in the pack.</summary>
    public long Offset;

    /// <summary>How long the content of its zlib stream is, as it declares: for a delta not that of the object.</summary>
    public nuint Size;

    /// <summary>The object's name, once it is known.</summary>
    public ObjectId Id;

    /// <summary>The checksum of its bytes in the pack.</summary>
    public uint Crc;

    /// <summary>The object's kind, once it is known; no kind's number before.</summary>
    public ObjectKind Kind;

    /// <summary>How many bytes come before its zlib stream.</summary>
    public int HeaderLength;

    /// <summary>Another delta to the same base, or <see cref="None"/>.</summary>
    public int Sibling;

    /// <summary>The entry that it is a delta to, once that is known, or <see cref="None"/>.</summary>
    public int Base;

    /// <summary>How many deltas lie between it and an object that is whole.</summary>
    public int Depth;
}

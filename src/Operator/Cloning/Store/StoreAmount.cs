using System.Runtime.InteropServices;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.Cloning.Store;

/// <summary>Room on a volume.</summary>
/// <param name="Bytes">On disk.</param>
/// <param name="Files">Inodes.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct StoreAmount(long Bytes, long Files)
{
    /// <summary>As much as can be.</summary>
    public static readonly StoreAmount Unlimited = new(long.MaxValue, long.MaxValue);

    /// <summary>The least that a clone takes: an empty tree and its <c>.git</c>.</summary>
    public static readonly StoreAmount SmallestClone = new(4L * CloneSize.Block, CloneSize.GitFiles + 3);

    public static StoreAmount operator +(StoreAmount one, StoreAmount other) => new(one.Bytes + other.Bytes, one.Files + other.Files);

    /// <summary>What is left; never below zero.</summary>
    public static StoreAmount operator -(StoreAmount one, StoreAmount other) =>
        new(Math.Max(one.Bytes - other.Bytes, 0), Math.Max(one.Files - other.Files, 0));

    public static StoreAmount operator /(StoreAmount one, int parts) => new(one.Bytes / parts, one.Files / parts);

    /// <summary>Whether another fits in, in bytes and in inodes.</summary>
    public bool Holds(StoreAmount other) => Bytes >= other.Bytes && Files >= other.Files;

    /// <summary>A size that was read: whatever a file says, it is not below zero, and so many of them can be added up.</summary>
    public static StoreAmount Of(CloneSize size) => new(Math.Clamp(size.Bytes, 0, Largest), Math.Clamp(size.Files, 0, Largest));

    private const long Largest = 1L << 50;
}

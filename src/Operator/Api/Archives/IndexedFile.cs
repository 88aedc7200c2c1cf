namespace CodeRepoOperator.Api.Archives;

/// <summary>A file of the commit, as git's index lists it.</summary>
/// <param name="Path">Relative to the working tree; not always text.</param>
/// <param name="Mode">Kind and permissions, as git writes them.</param>
/// <param name="Id">The name of its content, 20 bytes.</param>
/// <param name="Size">Its size in the working tree when it was checked out, cut to 32 bits.</param>
internal sealed record IndexedFile(byte[] Path, uint Mode, byte[] Id, uint Size)
{
    private const uint Kind = 0xF000; // S_IFMT
    private const uint Commit = 0xE000; // 0160000
    private const uint Link = 0xA000; // 0120000
    private const uint OwnerExecutes = 0b_001_000_000;

    private static readonly byte[] EmptyBlob = Convert.FromHexString("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");

    /// <summary>A commit of a submodule: an empty folder here.</summary>
    public bool IsSubmodule => (Mode & Kind) == Commit;

    public bool IsLink => (Mode & Kind) == Link;

    public bool IsExecutable => (Mode & OwnerExecutes) != 0;

    /// <summary>The folder that it is in; empty: the top one.</summary>
    public ReadOnlySpan<byte> Folder => Path.AsSpan(0, Math.Max(Path.AsSpan().LastIndexOf((byte)'/'), 0));

    /// <summary>Its name in that folder.</summary>
    public ReadOnlySpan<byte> Name => Path.AsSpan(Path.AsSpan().LastIndexOf((byte)'/') + 1);

    /// <summary>
    /// Whether a size is the one that it had when it was checked out. Git notes 0 for what it could not tell to be unchanged
    /// (its "racy" files), which says nothing unless there is nothing in the file.
    /// </summary>
    public bool HasSize(ulong size) => unchecked((uint)size) == Size || (Size == 0 && !Id.AsSpan().SequenceEqual(EmptyBlob));
}

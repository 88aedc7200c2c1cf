using System.Text;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Remotes.GitFiles;

/// <summary>A file of the commit, as git's index has it.</summary>
/// <param name="Path">Relative to the working tree; not always text.</param>
/// <param name="Mode">Kind and permissions, as git writes them.</param>
/// <param name="Id">The name of its content, 20 bytes; of a submodule: of its commit.</param>
/// <param name="Stat">How the file looked when it was checked out.</param>
/// <param name="Stage">0; in a merge with conflicts 1 to 3.</param>
internal sealed record IndexEntry(byte[] Path, uint Mode, byte[] Id, IndexStat Stat, int Stage)
{
    private const uint Kind = 0xF000; // S_IFMT
    private const uint Commit = 0xE000; // 0160000
    private const uint Link = 0xA000; // 0120000
    private const uint OwnerExecutes = 0b_001_000_000;

    private static readonly byte[] EmptyBlob = Convert.FromHexString("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");

    /// <summary>Whether it is not in the working tree, for the clone is sparse (<c>skip-worktree</c>).</summary>
    public bool IsSkipped { get; init; }

    /// <summary>A commit of a submodule: an empty directory here.</summary>
    public bool IsSubmodule => (Mode & Kind) == Commit;

    public bool IsLink => (Mode & Kind) == Link;

    public bool IsExecutable => (Mode & OwnerExecutes) != 0;

    /// <summary>The directory that it is in; empty: the top one.</summary>
    public ReadOnlySpan<byte> Directory => Path.AsSpan(0, Math.Max(Path.AsSpan().LastIndexOf((byte)'/'), 0));

    /// <summary>Its name in that directory.</summary>
    public ReadOnlySpan<byte> Name => Path.AsSpan(Path.AsSpan().LastIndexOf((byte)'/') + 1);

    /// <summary>The path for a log.</summary>
    public string Shown => RemoteText.Escaped(Encoding.UTF8.GetString(Path));

    /// <summary>
    /// Whether a size is the one that it had when it was checked out. Git notes 0 for what it could not know to be unchanged
    /// (its "racy" files), which says nothing unless there is nothing in the file.
    /// </summary>
    public bool HasSize(ulong size) => unchecked((uint)size) == Stat.Size || (Stat.Size == 0 && !Id.AsSpan().SequenceEqual(EmptyBlob));
}

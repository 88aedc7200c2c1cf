using CodeRepoOperator.GitWorker.Git;
using CodeRepoOperator.Remotes.GitFiles;

namespace CodeRepoOperator.GitWorker.Checkout;

/// <summary>What a commit has at a path: a file, a symbolic link, or a submodule.</summary>
/// <param name="Path">From the root. Bytes, since git's names need not be UTF-8.</param>
/// <param name="NameStart">Where in the path its own name begins.</param>
/// <param name="Mode">As the index has it: one of the constants here.</param>
/// <param name="Id">The blob; of a submodule: its commit.</param>
internal sealed record TreeFile(byte[] Path, int NameStart, uint Mode, ObjectId Id)
{
    public const uint Regular = 0x81A4; // 0100644
    public const uint Executable = 0x81ED; // 0100755
    public const uint SymbolicLink = 0xA000; // 0120000
    public const uint Submodule = 0xE000; // 0160000

    public ReadOnlySpan<byte> Name => Path.AsSpan(NameStart);

    /// <summary>Whether the clone is sparse and does not have it.</summary>
    public bool IsSkipped { get; init; }

    /// <summary>What stands at the path, once it is checked out.</summary>
    public IndexStat Stat { get; set; }

    /// <summary>What the older clone has at the path, if it is the same: it can be linked.</summary>
    public IndexStat? Older { get; set; }
}

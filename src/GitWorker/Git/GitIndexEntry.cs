using System.Text;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.GitWorker.Git;

/// <summary>A file of the commit, as git's index has it.</summary>
/// <param name="Path">Relative to the working tree; not always text.</param>
/// <param name="Mode">Kind and permissions, as git writes them.</param>
/// <param name="Id">The name of the blob.</param>
/// <param name="Stat">How the file looked when it was checked out.</param>
/// <param name="Stage">0; in a merge with conflicts 1 to 3.</param>
internal sealed record GitIndexEntry(byte[] Path, uint Mode, byte[] Id, IndexStat Stat, int Stage)
{
    private const uint Kind = 0xF000; // S_IFMT
    private const uint Commit = 0xE000; // 0160000
    private const uint Link = 0xA000; // 0120000
    private const uint OwnerExecutes = 0b_001_000_000;

    /// <summary>A commit of a submodule: an empty folder here.</summary>
    public bool IsSubmodule => (Mode & Kind) == Commit;

    public bool IsLink => (Mode & Kind) == Link;

    public bool IsExecutable => (Mode & OwnerExecutes) != 0;

    /// <summary>The path for a log.</summary>
    public string Shown => RemoteText.Escaped(Encoding.UTF8.GetString(Path));
}

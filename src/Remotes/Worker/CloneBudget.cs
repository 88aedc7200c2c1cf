using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Hosts;

namespace CodeRepoOperator.Remotes.Worker;

/// <summary>
/// What a clone may take of the volume beside what it shares with the clone that it replaces. <see cref="GitOptions.MaxCloneBytes"/> and
/// <see cref="GitOptions.MaxCloneFiles"/> hold as well.
/// </summary>
/// <param name="Bytes">On disk, whole blocks.</param>
/// <param name="Files">Inodes: files and directories, those of <c>.git</c> included.</param>
/// <param name="WhenExceeded">What to report when it needs more of either.</param>
/// <param name="ReservedBytes">Bytes that must stay free on the volume, whoever else writes to it meanwhile.</param>
/// <param name="ReservedFiles">Inodes that must stay free on the volume.</param>
internal sealed record CloneBudget(long Bytes, long Files, CloneFailure WhenExceeded, long ReservedBytes, long ReservedFiles)
{
    /// <summary>
    /// Whether hard links count as files of its own. Those to the clone that it takes the place of don't: that one goes. Another's clone
    /// may stay, and may go before this one.
    /// </summary>
    public bool CountsLinks { get; init; }
}

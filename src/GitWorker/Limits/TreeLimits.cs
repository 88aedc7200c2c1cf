namespace CodeRepoOperator.GitWorker.Limits;

/// <summary>How large the listing of a commit may become.</summary>
/// <param name="Files">How many files and directories.</param>
/// <param name="PathBytes">How many bytes their full paths may have together.</param>
internal sealed record TreeLimits(int Files, long PathBytes)
{
    // The listing, the older clone's index twice (libgit2's and ours) and what is sorted: some four times the paths. And libgit2
    // needs the rest for objects.
    private const int ShareOfPaths = 8;

    /// <summary>None but what a process can hold.</summary>
    public static readonly TreeLimits None = new(int.MaxValue, long.MaxValue);

    /// <summary>The limits of a clone.</summary>
    /// <param name="files">How many files and directories.</param>
    /// <param name="memory">How much memory the process may have, in bytes.</param>
    public static TreeLimits Of(int files, long memory) => new(files, memory / ShareOfPaths);
}

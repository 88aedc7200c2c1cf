namespace CodeRepoOperator.GitWorker.Git;

/// <summary>An error of libgit2 itself, met outside LibGit2Sharp.</summary>
/// <param name="category">One of <c>git_error_t</c>.</param>
/// <param name="message">The library's text.</param>
internal sealed class LibGit2Exception(int category, string message) : Exception(message)
{
    public int Category { get; } = category;
}

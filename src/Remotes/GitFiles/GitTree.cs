using System.Diagnostics.CodeAnalysis;

namespace CodeRepoOperator.Remotes.GitFiles;

/// <summary>
/// A working tree and its git directory: <c>.git</c> in it, or, for a submodule, a directory in that of the tree it is in.
/// </summary>
/// <param name="Directory">Full path of the working tree.</param>
/// <param name="GitDirectory">Full path of the git directory.</param>
internal sealed record GitTree(string Directory, string GitDirectory)
{
    /// <summary>A tree that is no submodule.</summary>
    [return: NotNullIfNotNull(nameof(directory))]
    public static implicit operator GitTree?(string? directory) =>
        directory is null ? null : new GitTree(directory, GitPaths.DirectoryOf(directory));
}

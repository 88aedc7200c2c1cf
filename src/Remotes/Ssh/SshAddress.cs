using System.Buffers;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Remotes.Ssh;

/// <summary>What an ssh URL says beside host and port.</summary>
/// <param name="User">Who logs in.</param>
/// <param name="Path">The repository, as the server's own git is to read it.</param>
internal sealed record SshAddress(string User, string Path)
{
    /// <summary>What is run there: the path quoted for a shell as git quotes it, for there are servers that read it without one.</summary>
    public string Command => $"git-upload-pack {Quoted}";

    private static readonly SearchValues<char> Plain = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./~+@,:"
    );

    private string Quoted => $"'{Path.Replace("'", @"'\''", StringComparison.Ordinal).Replace("!", @"'\!'", StringComparison.Ordinal)}'";

    /// <summary>
    /// What runs another program on the repository: the path is quoted only where it has to be, for there are servers that take it as it
    /// stands, as <c>git lfs</c> writes it.
    /// </summary>
    public string CommandOf(string program, string argument) =>
        Path.AsSpan().ContainsAnyExcept(Plain) ? $"{program} {Quoted} {argument}" : $"{program} {Path} {argument}";

    /// <summary>
    /// Reads it as git does: <c>host:path</c> begins at the home, <c>ssh://host/path</c> at the root, <c>/~user/</c> at a user's home.
    /// </summary>
    public static SshAddress Of(GitUrl url) => new(url.User!, url.Path);
}

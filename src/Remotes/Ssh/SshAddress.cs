namespace CodeRepoOperator.Cloning.Remotes.Ssh;

/// <summary>What an ssh URL says beside host and port.</summary>
/// <param name="User">Who logs in.</param>
/// <param name="Path">The repository, as the server's own git is to read it.</param>
internal sealed record SshAddress(string User, string Path)
{
    // Git takes the name of whoever runs it, which in a container is nobody's. Nearly all servers of git call theirs so.
    private const string DefaultUser = "git";

    private const string Scheme = "ssh://";

    /// <summary>What is run there: the path quoted for a shell as git quotes it, for there are servers that read it without one.</summary>
    public string Command =>
        $"git-upload-pack '{Path.Replace("'", @"'\''", StringComparison.Ordinal).Replace("!", @"'\!'", StringComparison.Ordinal)}'";

    /// <summary>Reads it as git does: <c>host:path</c> begins at the home, <c>ssh://host/path</c> at the root, <c>/~user/</c> at a user's home.</summary>
    public static SshAddress Of(GitUrl url)
    {
        var text = url.ToString();
        return text.StartsWith(Scheme, StringComparison.Ordinal) ? OfUrl(text[Scheme.Length..]) : OfScpLike(text);
    }

    private static SshAddress OfUrl(string rest)
    {
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var at = rest[..slash].IndexOf('@', StringComparison.Ordinal);
        var path = Uri.UnescapeDataString(rest[slash..]);
        return new SshAddress(at < 0 ? DefaultUser : rest[..at], path.StartsWith("/~", StringComparison.Ordinal) ? path[1..] : path);
    }

    private static SshAddress OfScpLike(string text)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        var colon = text[at + 1] == '['
            ? text.IndexOf("]:", at, StringComparison.Ordinal) + 1
            : text.IndexOf(':', at);
        return new SshAddress(text[..at], text[(colon + 1)..]);
    }
}

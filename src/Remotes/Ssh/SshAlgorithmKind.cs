namespace CodeRepoOperator.Remotes.Ssh;

/// <summary>What client and server have to agree on.</summary>
/// <param name="Name">As users call it.</param>
/// <param name="Setting">How sshd_config calls it.</param>
/// <param name="Offered">Those that we know, the best first.</param>
internal sealed record SshAlgorithmKind(string Name, string Setting, IReadOnlyList<string> Offered)
{
    /// <summary>Whether the library calls it so: it says <c>client encryption</c> from <c>server encryption</c>.</summary>
    public bool Is(string name) => name.EndsWith(Name, StringComparison.Ordinal);
}

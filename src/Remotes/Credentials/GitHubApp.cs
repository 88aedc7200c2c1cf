namespace CodeRepoOperator.Remotes.Credentials;

/// <summary>
/// An installation of a GitHub App, for which GitHub issues a token that is good for an hour. It is no login itself: the key is shown to
/// nobody. Prints redacted.
/// </summary>
/// <param name="Id">The App's id, or its client id: letters, digits, dots, dashes and underscores.</param>
/// <param name="PrivateKey">PEM text of its RSA key, not encrypted.</param>
/// <param name="Api">Where GitHub's API is, without a slash at its end: <c>https://api.github.com</c>.</param>
internal sealed record GitHubApp(string Id, string PrivateKey, string Api)
{
    /// <summary>The installation; null: that of <see cref="Owner"/>, which is looked up.</summary>
    public string? InstallationId { get; init; }

    /// <summary>The organization or user where the App is installed.</summary>
    public string Owner { get; init; } = "";

    /// <summary>What must not be shown: no line of the key either.</summary>
    public IEnumerable<string> Secrets =>
        PrivateKey
            .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !line.StartsWith("-----", StringComparison.Ordinal))
            .Prepend(PrivateKey);

    public override string ToString() => $"(GitHub App {Id})";
}

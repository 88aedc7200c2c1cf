namespace CodeRepoOperator.Remotes.GitHub;

/// <summary>What GitHub issued for an installation of an App; prints redacted.</summary>
/// <param name="Value">The password of <see cref="UserName"/>.</param>
/// <param name="Lifetime">How long it is good from its issue on, by GitHub's own clock.</param>
internal sealed record GitHubAppToken(string Value, TimeSpan Lifetime)
{
    /// <summary>Who logs in with it.</summary>
    public const string UserName = "x-access-token";

    public override string ToString() => "(token)";
}

namespace CodeRepoOperator.Cloning.Remotes;

/// <summary>What a remote is told about who asks; prints redacted.</summary>
/// <param name="UserName">Of HTTP basic authentication.</param>
/// <param name="Password">A password or an access token.</param>
internal sealed record GitCredentials(string UserName, string Password)
{
    public override string ToString() => "(credentials)";
}

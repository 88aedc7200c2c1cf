namespace CodeRepoOperator.Remotes.Protocol;

/// <summary>How remotes see us.</summary>
internal static class GitAgent
{
    /// <summary>Within the protocol.</summary>
    public const string Name = "coderepo-operator/0.1";

    /// <summary>In HTTP: several hosts send git's responds only to what calls itself git.</summary>
    public const string UserAgent = "git/2.0 (" + Name + ")";
}

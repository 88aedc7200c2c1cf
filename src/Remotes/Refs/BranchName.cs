using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Remotes.Refs;

/// <summary>The name of a branch, without <c>refs/heads/</c>, valid by <see cref="RefRules"/>, and not <c>HEAD</c>.</summary>
internal sealed record BranchName
{
    /// <summary>In bytes of UTF-8.</summary>
    public const int MaximumLength = RefRules.MaximumLength;

    private readonly string _name;

    private BranchName(string name) => _name = name;

    /// <summary>The full name of the ref.</summary>
    public string Ref => $"refs/heads/{_name}";

    /// <summary>Reads what a user wrote as <c>branch</c>, or what a remote calls one.</summary>
    public static Attempt<BranchName> Parse(string? name) =>
        name is "@" or "HEAD" ? Refused("can't be @ or HEAD: leave it out to follow the remote's default branch")
        : RefRules.BrokenBy(name) is { } rule ? Refused(rule)
        : new BranchName(name!);

    public override string ToString() => _name;

    private static CloneFailure Refused(string rule) => new(Reasons.InvalidSpec, $"The name of the branch {rule}.");
}

using System.Buffers;
using System.Text;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Remotes.Refs;

/// <summary>
/// The name of a branch, without <c>refs/heads/</c>, valid by the rules of <c>git check-ref-format</c>. Also refused are what can't
/// be given on a command line (a dash in front, <c>@</c>, <c>HEAD</c>), what can't be seen, and what is too long for a file's name.
/// </summary>
internal sealed record BranchName
{
    /// <summary>In bytes of UTF-8: with <c>.lock</c> appended, what a file name may have on common file systems.</summary>
    public const int MaximumLength = 244;

    private static readonly SearchValues<char> Forbidden = SearchValues.Create(" ~^:?*[\\\u007f");

    private readonly string _name;

    private BranchName(string name) => _name = name;

    /// <summary>The full name of the ref.</summary>
    public string Ref => $"refs/heads/{_name}";

    /// <summary>Reads what a user wrote as <c>branch</c>, or what a remote calls one.</summary>
    public static Attempt<BranchName> Parse(string? name)
    {
        if (string.IsNullOrEmpty(name) || name.Length > MaximumLength || Encoding.UTF8.GetByteCount(name) > MaximumLength)
        {
            return Refused($"must have 1 to {MaximumLength} characters, counted as bytes of UTF-8");
        }

        if (name[0] == '-')
        {
            return Refused("can't start with a dash");
        }

        if (name is "@" or "HEAD")
        {
            return Refused("can't be @ or HEAD: leave it out to follow the remote's default branch");
        }

        if (RemoteText.HoldsUnseen(name) || name.AsSpan().ContainsAny(Forbidden))
        {
            return Refused(@"can't hold spaces, control characters, others that can't be seen, or any of ~ ^ : ? * [ \");
        }

        if (name.Contains("..", StringComparison.Ordinal) || name.Contains("@{", StringComparison.Ordinal) || name.EndsWith('.'))
        {
            return Refused("can't hold '..' or '@{', or end with a dot");
        }

        return name.Split('/').Any(part => part.Length == 0 || part[0] == '.' || part.EndsWith(".lock", StringComparison.Ordinal))
            ? Refused("can't have a part between slashes that is empty, starts with a dot or ends with .lock")
            : new BranchName(name);
    }

    public override string ToString() => _name;

    private static CloneFailure Refused(string rule) => new(Reasons.InvalidSpec, $"The name of the branch {rule}.");
}

using System.Buffers;
using System.Text;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Remotes.Refs;

/// <summary>
/// What names of refs may hold, by the rules of <c>git check-ref-format</c>. Also refused are what can't be given on a command line (a
/// dash in front, <c>@</c>), what can't be seen, and what is too long for a file's name.
/// </summary>
internal static class RefRules
{
    /// <summary>In bytes of UTF-8: with <c>.lock</c> appended, what a file name may have on common file systems.</summary>
    public const int MaximumLength = 244;

    private static readonly SearchValues<char> Forbidden = SearchValues.Create(" ~^:?*[\\\u007f");

    /// <summary>Looks at a name without <c>refs/</c> and what comes after that.</summary>
    /// <returns>The rule that it breaks, to follow a subject (<c>can't start with a dash</c>); null: none.</returns>
    public static string? BrokenBy(string? name)
    {
        if (string.IsNullOrEmpty(name) || name.Length > MaximumLength || Encoding.UTF8.GetByteCount(name) > MaximumLength)
        {
            return $"must have 1 to {MaximumLength} characters, counted as bytes of UTF-8";
        }

        if (name[0] == '-')
        {
            return "can't start with a dash";
        }

        if (name == "@")
        {
            return "can't be @";
        }

        if (RemoteText.HoldsUnseen(name) || name.AsSpan().ContainsAny(Forbidden))
        {
            return @"can't hold spaces, control characters, others that can't be seen, or any of ~ ^ : ? * [ \";
        }

        if (name.Contains("..", StringComparison.Ordinal) || name.Contains("@{", StringComparison.Ordinal) || name.EndsWith('.'))
        {
            return "can't hold '..' or '@{', or end with a dot";
        }

        return name.Split('/').Any(part => part.Length == 0 || part[0] == '.' || part.EndsWith(".lock", StringComparison.Ordinal))
            ? "can't have a part between slashes that is empty, starts with a dot or ends with .lock"
            : null;
    }
}

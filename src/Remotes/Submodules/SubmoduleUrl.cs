using System.Diagnostics.CodeAnalysis;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Remotes.Submodules;

/// <summary>Reads the URL of a submodule as <c>git submodule</c> does: one that begins with <c>./</c> or <c>../</c> is relative.</summary>
internal static class SubmoduleUrl
{
    private const string Here = "./";
    private const string Above = "../";

    /// <summary>Reads it.</summary>
    /// <param name="written">As <c>.gitmodules</c> has it.</param>
    /// <param name="parent">The remote of the tree that has the submodule.</param>
    /// <returns>The remote; a failure does not repeat what was written, which may hold a password.</returns>
    public static Attempt<GitUrl> Resolve(string written, GitUrl parent)
    {
        if (!IsRelative(written))
        {
            return GitUrl.Parse(written);
        }

        // What has climbed above the host would be on another one.
        return
            Join(parent.ToString(), written) is { } joined
            && GitUrl.Parse(joined).Value is { } url
            && (url.Scheme, url.Authority, url.User) == (parent.Scheme, parent.Authority, parent.User)
            ? url
            : new CloneFailure(Reasons.InvalidUrl, "The relative URL leads out of the host that it is relative to.");
    }

    private static bool IsRelative(string written) =>
        written.StartsWith(Here, StringComparison.Ordinal) || written.StartsWith(Above, StringComparison.Ordinal);

    /// <summary>
    /// Git's <c>relative_url</c>: each <c>../</c> takes the last part off, and the path of an scp-like address as a whole.
    /// </summary>
    /// <returns>The text; null: there is nothing left to take off.</returns>
    [SuppressMessage("Design", "CA1055:URI-like return values should not be strings", Justification = "Text that is yet to be parsed.")]
    private static string? Join(string parent, string written)
    {
        var left = parent.EndsWith('/') ? parent[..^1] : parent;
        var separator = '/';
        while (IsRelative(written))
        {
            if (written.StartsWith(Here, StringComparison.Ordinal))
            {
                written = written[Here.Length..];
                continue;
            }

            written = written[Above.Length..];
            if (left.LastIndexOf('/') is >= 0 and var slash)
            {
                left = left[..slash];
            }
            else if (left.LastIndexOf(':') is >= 0 and var colon)
            {
                (left, separator) = (left[..colon], ':');
            }
            else
            {
                return null;
            }
        }

        return $"{left}{separator}{written}".TrimEnd('/');
    }
}

using System.Globalization;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Remotes.Ssh;

/// <summary>
/// What a server means that ends <c>git-upload-pack</c> without a whole response. The protocol has no code for it: there is the exit code,
/// which nearly always is 1 or 128, and what the server writes for people.
/// </summary>
internal static class ServerMessage
{
    // What shells say; their exit codes, too, don't come through everywhere.
    private const int NotExecutable = 126;
    private const int NotFound = 127;

    // Of git, GitHub, GitLab, Gitea and Forgejo, Bitbucket, Azure DevOps, Gerrit, gitolite. Several of them hide by the same words what one
    // may not see.
    private static readonly string[] NoRepository =
    [
        "does not appear to be a git repository",
        "not found",
        "could not be found",
        "cannot find repository",
        "does not exist",
        "no such repository",
        "not a git repository",
        "no such project",
    ];

    private static readonly string[] NoAccess =
    [
        "permission denied",
        "access denied",
        "denied by fallthru",
        "not authorized",
        "unauthorized",
        "not allowed",
        "no access",
        "do not have permission",
        "don't have permission",
        "insufficient permission",
    ];

    // Of GitLab, GitHub, Bitbucket, Azure DevOps.
    private static readonly string[] TooOften =
    [
        "rate limit",
        "rate-limit",
        "ratelimit",
        "requested too many times",
        "too many requests",
        "too many connections",
    ];

    /// <summary>The failure that an end means; null: it says nothing more than that it ended.</summary>
    /// <param name="errors">The command's standard error, as it came.</param>
    /// <param name="exitCode">Its exit code; null: none came.</param>
    public static CloneFailure? Meaning(string errors, int? exitCode)
    {
        var shown = RemoteText.Shown(errors);
        if (shown.Length == 0)
        {
            return exitCode is { } code && code != 0
                ? new CloneFailure(
                    Reasons.TransferFailed,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"The server ended git-upload-pack without a word (exit code {code}): it is tried again; if it stays so, ask "
                            + $"whoever runs the remote."
                    )
                )
                : null;
        }

        var (reason, message) = MeaningOf(errors, shown, exitCode);
        return new CloneFailure(reason, message) { Quoted = shown };
    }

    private static (string Reason, string Message) MeaningOf(string errors, string shown, int? exitCode)
    {
        if (exitCode is NotExecutable or NotFound || Says(errors, ["command not found"]))
        {
            return (
                Reasons.TransferFailed,
                $"The server can't run git-upload-pack (it says \"{shown}\"): check that the URL leads to a git server, and that git is "
                    + "installed there."
            );
        }

        if (Says(errors, TooOften))
        {
            return (
                Reasons.RateLimited,
                $"The server takes no more requests for now (it says \"{shown}\"): it is tried again; if it stays so, raise spec.interval."
            );
        }

        if (Says(errors, NoRepository))
        {
            return (
                Reasons.RepositoryNotFound,
                $"The server has no such repository, or hides it from this key (it says \"{shown}\"): check the URL's path, and what "
                    + "the key may read."
            );
        }

        return Says(errors, NoAccess)
            ? (
                Reasons.AuthenticationFailed,
                $"The server does not let this key read the repository (it says \"{shown}\"): give it the right to, or put another "
                    + "identity into the Secret."
            )
            : (
                Reasons.TransferFailed,
                $"The server ended git-upload-pack with an error (\"{shown}\"): it is tried again; if it stays so, ask whoever runs the "
                    + "remote."
            );
    }

    private static bool Says(string errors, string[] words) =>
        Array.Exists(words, word => errors.Contains(word, StringComparison.OrdinalIgnoreCase));
}

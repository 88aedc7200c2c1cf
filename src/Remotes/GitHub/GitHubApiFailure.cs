using System.Globalization;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Http;

namespace CodeRepoOperator.Remotes.GitHub;

/// <summary>What a status of GitHub's API means for an App. Nothing of what GitHub says is repeated: our words say what to do.</summary>
internal static class GitHubApiFailure
{
    /// <summary>By more than this the clocks are apart: as much as what an App shows allows for.</summary>
    private static readonly TimeSpan LargestDifference = TimeSpan.FromSeconds(60);

    /// <summary>
    /// What GitHub says of times that it does not accept; it has no code for that. Only the advice depends on it.
    /// </summary>
    private static readonly string[] WordsOfTime = ["'exp'", "'iat'", "Expiration time", "Issued at"];

    /// <summary>The failure that a response is; null: it is a good one.</summary>
    /// <param name="response">The response.</param>
    /// <param name="app">Who asked.</param>
    /// <param name="source">Where its key is from, in words for users.</param>
    /// <param name="now">By our wall clock.</param>
    /// <param name="cancellationToken">Ends reading it.</param>
    public static async Task<CloneFailure?> ReadAsync(
        HttpResponseMessage response,
        GitHubApp app,
        string source,
        DateTimeOffset now,
        CancellationToken cancellationToken
    ) =>
        (int)response.StatusCode switch
        {
            200 or 201 => null,
            401 => Refused(await UnknownAsync(response, source, now, cancellationToken)),
            403 when !RateLimit.IsReached(response) => Refused(
                $"GitHub refuses the App {app.Id} of {source} (HTTP 403): see whether its installation is suspended, and whether GitHub "
                    + "is to be reached from the operator's address."
            ),
            404 => Refused(
                app.InstallationId is { } id
                    ? $"GitHub knows no installation {id} of the App {app.Id} (HTTP 404): correct githubAppInstallationID of {source}, or "
                        + "githubAppBaseURL if GitHub is one of your own."
                    : $"GitHub ended the installation of the App {app.Id} (HTTP 404): have it installed for {app.Owner} again."
            ),
            422 => Refused(
                $"The installation of the App {app.Id} may not read repositories (HTTP 422): give the App the permission to read "
                    + "Contents, and have the owner of the installation accept it."
            ),
            >= 300 and < 400 => new CloneFailure(
                Reasons.Unreachable,
                $"GitHub's API redirects (HTTP {Number(response)}), which is not followed: put the address that it leads to into "
                    + $"githubAppBaseURL of {source}."
            )
            {
                SaysNothingOfHost = true,
            },
            _ => HttpStatusFailure.Of(response, sent: null),
        };

    /// <summary>The App is installed for nobody of that name.</summary>
    public static CloneFailure NotInstalled(GitHubApp app, string source) =>
        Refused(
            $"The App {app.Id} is not installed for {app.Owner} (HTTP 404): have it installed there, or correct "
                + $"githubAppInstallationOwner or githubAppInstallationID of {source}."
        );

    /// <summary>A good status, and nothing with it that could be used.</summary>
    public static CloneFailure Unreadable(string source) =>
        new(
            Reasons.TransferFailed,
            $"What GitHub's API responded is not what GitHub issues: check githubAppBaseURL of {source}, and any proxy on the way."
        )
        {
            SaysNothingOfHost = true,
        };

    private static async Task<string> UnknownAsync(
        HttpResponseMessage response,
        string source,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var difference = now - (response.Headers.Date ?? now);
        if (difference.Duration() > LargestDifference)
        {
            var seconds = difference.Duration().TotalSeconds.ToString("0", CultureInfo.InvariantCulture);
            return $"GitHub does not accept the App of {source} (HTTP 401), and the operator's clock is {seconds} s "
                + $"{(difference > TimeSpan.Zero ? "ahead of" : "behind")} GitHub's: set the clock of the operator's node.";
        }

        var said = await BodyStart.ReadAsync(response, cancellationToken);
        return Array.Exists(WordsOfTime, word => said.Contains(word, StringComparison.OrdinalIgnoreCase))
            ? $"GitHub does not accept the time that the operator showed for the App of {source} (HTTP 401): look at the clock of the "
                + "operator's node, and set it."
            : $"GitHub does not accept githubAppID and githubAppPrivateKey of {source} (HTTP 401): put the id of the App and a key there "
                + "that the App has now.";
    }

    private static CloneFailure Refused(string message) => new(Reasons.AuthenticationFailed, message) { SaysNothingOfHost = true };

    private static string Number(HttpResponseMessage response) => ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
}

using System.Text.Json;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Lfs;
using CodeRepoOperator.Remotes.Ssh;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.GitWorker.Lfs;

/// <summary>Where a server of Git LFS is, and as whom it is asked.</summary>
/// <param name="Server">Its address.</param>
/// <param name="Credentials">For its own origin; null: anonymous.</param>
/// <param name="Headers">What else says who asks, as it was issued over SSH.</param>
internal sealed record LfsAccess(Uri Server, GitCredentials? Credentials, IReadOnlyDictionary<string, string> Headers)
{
    private const string Command = "git-lfs-authenticate";

    /// <summary>In bytes: a token and an address.</summary>
    private const int LongestResponse = 64 * 1024;

    private static readonly Dictionary<string, string> None = [];

    /// <summary>The address as it is shown: who wrote it may have put a token into what is left out.</summary>
    public string Shown => Server.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.SafeUnescaped);

    /// <summary>Finds it. A repository over SSH is asked.</summary>
    /// <param name="url">Of the server, or of the repository.</param>
    /// <param name="credentials">For its own origin; null: anonymous.</param>
    /// <param name="ssh">The way to a repository over SSH.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RemoteFailureException">It can't be found.</exception>
    public static async Task<LfsAccess> FindAsync(GitUrl url, GitCredentials? credentials, GitSsh ssh, CancellationToken cancellationToken)
    {
        if (url.IsHttp)
        {
            return new LfsAccess(url.Uri, credentials, None);
        }

        var answer = await ssh.RunAsync(
            url,
            credentials,
            SshAddress.Of(url).CommandOf(Command, "download"),
            LongestResponse,
            cancellationToken
        );
        var login = answer.ExitCode == 0 ? Read(answer.Output) : null;
        if (login?.Href is null)
        {
            // As git lfs goes on: not every server over SSH knows the command.
            var usual = LfsServerUrl.OverHttps(url);
            return usual.Succeeded
                ? new LfsAccess(usual.Value.Uri!, null, login?.Header ?? None)
                : throw new RemoteFailureException(usual.Failure);
        }

        return Uri.TryCreate(login.Href, UriKind.Absolute, out var server) && server is { Scheme: "https" or "http", UserInfo.Length: 0 }
            ? new LfsAccess(server, null, login.Header ?? None)
            : throw new RemoteFailureException(
                Reasons.TransferFailed,
                $"What {url.Host} responded to {Command} is no address of a Git LFS server: ask whoever runs it."
            );
    }

    private static LfsLogin? Read(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, LfsJson.Default.LfsLogin);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

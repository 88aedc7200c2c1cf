using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Http;
using CodeRepoOperator.Remotes.Protocol;
using CodeRepoOperator.Remotes.Ssh;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Remotes;

/// <summary>The ways to remotes: which one is taken follows from the URL's scheme.</summary>
internal sealed class RemoteTransports(GitHttp http, GitSsh ssh)
{
    /// <summary>Opens the way to a repository.</summary>
    /// <param name="url">The repository.</param>
    /// <param name="credentials">For its own origin; null: anonymous, which SSH does not know.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RemoteFailureException">There is none.</exception>
    public async Task<IUploadPackTransport> OpenAsync(GitUrl url, GitCredentials? credentials, CancellationToken cancellationToken) =>
        url.IsHttp
            ? await HttpUploadPack.OpenAsync(http, url.Uri, credentials, cancellationToken)
            : await ssh.OpenAsync(url, credentials, cancellationToken);

    /// <summary>Goes on with a repository over HTTP that was found at its URL a moment ago.</summary>
    public IUploadPackTransport GoOn(GitUrl url, GitCredentials? credentials) =>
        url.IsHttp
            ? HttpUploadPack.GoOn(http, url.Uri, credentials)
            : throw new ArgumentException("Over SSH each visit is a session of its own.", nameof(url));
}

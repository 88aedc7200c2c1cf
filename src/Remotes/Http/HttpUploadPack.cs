using System.Net.Http.Headers;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Protocol;

namespace CodeRepoOperator.Remotes.Http;

/// <summary>Git's smart HTTP protocol: each question is a request of its own, and the remote remembers nothing.</summary>
internal sealed class HttpUploadPack : IUploadPackTransport
{
    private const string RequestType = "application/x-git-upload-pack-request";

    private readonly GitHttp _http;
    private readonly GitHttp? _own;
    private readonly FoundService _found;

    private HttpUploadPack(GitHttp http, GitHttp? own, FoundService found, bool canBeLeft) =>
        (_http, _own, _found, CanBeLeft) = (own ?? http, own, found, canBeLeft);

    public bool CanBeLeft { get; }

    /// <summary>Finds the service, following redirects.</summary>
    /// <exception cref="RemoteFailureException">It can't be had.</exception>
    public static async Task<HttpUploadPack> OpenAsync(
        GitHttp http,
        Uri repository,
        GitCredentials? credentials,
        CancellationToken cancellationToken
    )
    {
        var own = http.With(credentials);
        try
        {
            var found = await InfoRefs.GetAsync(own ?? http, repository, credentials, cancellationToken);
            return new HttpUploadPack(http, own, found, canBeLeft: found.Service == InfoRefs.ServiceOf(repository));
        }
        catch
        {
            own?.Dispose();
            throw;
        }
    }

    /// <summary>Takes the service for found, where one that <see cref="CanBeLeft"/> has found it.</summary>
    public static HttpUploadPack GoOn(GitHttp http, Uri repository, GitCredentials? credentials) =>
        new(
            http,
            http.With(credentials),
            new FoundService(Response: null, InfoRefs.ServiceOf(repository), credentials, new CredentialRedaction([])),
            canBeLeft: true
        );

    public async Task<T> ReadAdvertisementAsync<T>(long limit, Func<PktLineReader, Task<T>> read, CancellationToken cancellationToken)
    {
        using var response = _found.Response ?? throw new InvalidOperationException("Another has read it.");
        return await HidingAsync(() => ReadAsync(response, limit, read, cancellationToken));
    }

    public Task<T> AskAsync<T>(
        byte[] request,
        int version,
        long limit,
        Func<PktLineReader, Task<T>> read,
        CancellationToken cancellationToken
    ) => HidingAsync(() => PostAsync(request, version, limit, read, cancellationToken));

    public ValueTask DisposeAsync()
    {
        _found.Response?.Dispose();
        _own?.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<T> PostAsync<T>(
        byte[] request,
        int version,
        long limit,
        Func<PktLineReader, Task<T>> read,
        CancellationToken cancellationToken
    )
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, _found.Service);
        message.Content = new ByteArrayContent(request);
        message.Content.Headers.ContentType = new MediaTypeHeaderValue(RequestType);
        message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/x-git-upload-pack-result"));
        if (version == 2)
        {
            message.Headers.Add("Git-Protocol", "version=2");
        }

        using var response = await _http.SendAsync(message, _found.Credentials, cancellationToken);
        return await HttpStatusFailure.ReadAsync(response, _found.Credentials, cancellationToken) is { } failure
            ? throw new RemoteFailureException(failure)
            : await ReadAsync(response, limit, read, cancellationToken);
    }

    private async Task<T> HidingAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (RemoteFailureException e) when (e.Failure.Quoted is not null)
        {
            throw new RemoteFailureException(_found.Redirected.Of(e.Failure));
        }
    }

    private static Task<T> ReadAsync<T>(
        HttpResponseMessage response,
        long limit,
        Func<PktLineReader, Task<T>> read,
        CancellationToken cancellationToken
    ) =>
        GitHttp.ReadingAsync(async () =>
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            return await read(new PktLineReader(body, limit));
        });
}

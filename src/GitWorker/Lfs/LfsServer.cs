using System.Net.Http.Headers;
using System.Text.Json;
using CodeRepoOperator.Entities;
using CodeRepoOperator.GitWorker.Checkout;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Http;

namespace CodeRepoOperator.GitWorker.Lfs;

/// <summary>A server of Git LFS: says where files are, and gives them.</summary>
/// <param name="http">The way to it.</param>
/// <param name="access">Where it is, and as whom it is asked.</param>
internal sealed class LfsServer(GitHttp http, LfsAccess access)
{
    /// <summary>How many files are asked for at once: as <c>git lfs</c> does.</summary>
    public const int MaximumAsked = 100;

    private const string Type = "application/vnd.git-lfs+json";
    private const int MaximumRedirects = 5;

    /// <summary>In bytes; a link to a storage service has some thousand.</summary>
    private const int LongestResponse = 4 << 20;

    /// <summary>In characters: no header that a storage service wants has more.</summary>
    private const int LongestHeader = 16 * 1024;

    private const int MostHeaders = 50;

    /// <summary>What says where a body ends or how it is sent is no server's to choose.</summary>
    private static readonly HashSet<string> OwnHeaders = new(
        ["Host", "Connection", "Content-Length", "Transfer-Encoding", "Upgrade", "Expect", "TE", "Trailer", "Accept-Encoding", "Cookie"],
        StringComparer.OrdinalIgnoreCase
    );

    private readonly CredentialRedaction _redaction = new([.. access.Credentials?.Secrets ?? [], .. access.Headers.Values]);

    /// <summary>Asks where files can be fetched.</summary>
    /// <param name="pointers">The files, at most <see cref="MaximumAsked"/>.</param>
    /// <param name="reference">The full name of the branch or tag that they are of; null: none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What it says of each, by digest; it may leave some out.</returns>
    /// <exception cref="RemoteFailureException">It does not say.</exception>
    public async Task<Dictionary<string, LfsBatchObject>> AskAsync(
        IReadOnlyList<LfsPointer> pointers,
        string? reference,
        CancellationToken cancellationToken
    )
    {
        var question = new LfsQuestion(
            "download",
            ["basic"],
            reference is null ? null : new LfsQuestion.Reference(reference),
            pointers,
            "sha256"
        );
        var body = JsonSerializer.SerializeToUtf8Bytes(question, LfsJson.Default.LfsQuestion);
        using var response = await SendAsync(
            new Uri(access.Server.AbsoluteUri.TrimEnd('/') + "/objects/batch"),
            access.Credentials,
            access.Headers,
            target => NewQuestion(target, body),
            cancellationToken
        );
        if (HttpStatusFailure.Of(response, access.Credentials) is { } failure)
        {
            throw new RemoteFailureException(_redaction.Of(await ExplainAsync(response, failure, cancellationToken)));
        }

        var batch = await ReadAsync(response, cancellationToken) ?? throw Malformed();
        if (batch.Transfer is not (null or "" or "basic") || batch.HashAlgo is not (null or "" or "sha256"))
        {
            throw new RemoteFailureException(
                Reasons.Unsupported,
                "The Git LFS server wants to transfer files in a way that is not supported: have whoever runs it allow \"basic\" transfers "
                    + "by SHA-256."
            );
        }

        var asked = pointers.Select(pointer => pointer.Oid).ToHashSet(StringComparer.Ordinal);
        var said = new Dictionary<string, LfsBatchObject>(StringComparer.Ordinal);
        foreach (var one in batch.Objects ?? throw Malformed())
        {
            if (one?.Oid is { } oid && asked.Contains(oid))
            {
                said[oid] = one;
            }
        }

        return said;
    }

    /// <summary>Begins to fetch a file; its body is to be read.</summary>
    /// <param name="said">What the server said of it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RemoteFailureException">It can't be had.</exception>
    public async Task<HttpResponseMessage> FetchAsync(LfsBatchObject said, CancellationToken cancellationToken)
    {
        if (said.Error is { } error)
        {
            throw new RemoteFailureException(_redaction.Of(Missing(error)));
        }

        if (
            (said.Actions is { Count: > 0 } ? said.Actions : said.Links)?.GetValueOrDefault("download") is not { Href: { } href } action
            || !Uri.TryCreate(href, UriKind.Absolute, out var target)
            || target.Scheme is not ("https" or "http")
            || target.UserInfo.Length > 0
        )
        {
            throw Malformed();
        }

        var headers = action.Header ?? new Dictionary<string, string>();
        var isOwn =
            !said.Authenticated
            && !headers.Keys.Contains("Authorization", StringComparer.OrdinalIgnoreCase)
            && Redirect.StaysAt(target, access.Server);
        var response = await SendAsync(
            target,
            isOwn ? access.Credentials : access.Credentials?.ForOtherOrigin(),
            isOwn ? [.. headers, .. access.Headers.Where(header => !headers.ContainsKey(header.Key))] : headers,
            target => new HttpRequestMessage(HttpMethod.Get, target),
            cancellationToken
        );
        if ((int)response.StatusCode == 200)
        {
            return response;
        }

        using (response)
        {
            throw new RemoteFailureException(OfStorage(response, target.IdnHost));
        }
    }

    private async Task<HttpResponseMessage> SendAsync(
        Uri target,
        GitCredentials? credentials,
        IEnumerable<KeyValuePair<string, string>> headers,
        Func<Uri, HttpRequestMessage> make,
        CancellationToken cancellationToken
    )
    {
        for (var redirects = 0; ; redirects++)
        {
            Judge(target, credentials?.Http is not null || headers.Any());
            using var request = make(target);
            AddHeaders(request, headers);
            var response = await http.SendAsync(request, credentials, cancellationToken);
            if (!Redirect.Is(response) || response.Headers.Location is not { } location)
            {
                return response;
            }

            using (response)
            {
                if (
                    redirects == MaximumRedirects
                    || !Uri.TryCreate(target, location, out var next)
                    || next.Scheme is not ("https" or "http")
                )
                {
                    throw new RemoteFailureException(
                        Reasons.Unreachable,
                        $"{target.IdnHost} redirects too often, or to what is no address: ask whoever runs the Git LFS server."
                    );
                }

                if (target.Scheme == "https" && next.Scheme == "http")
                {
                    throw new RemoteFailureException(
                        Reasons.Unreachable,
                        $"{target.IdnHost} redirects from https to http, which is not followed: ask whoever runs the Git LFS server."
                    );
                }

                if (!Redirect.StaysAt(target, next))
                {
                    (credentials, headers) = (credentials?.ForOtherOrigin(), []);
                }

                target = next;
            }
        }
    }

    private void Judge(Uri target, bool showsLogin)
    {
        if (http.Policy.Judge(target, showsLogin) is { } refused)
        {
            throw new RemoteFailureException(refused with { Message = $"Git LFS: {refused.Message}" });
        }
    }

    private static HttpRequestMessage NewQuestion(Uri target, byte[] body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, target) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(Type);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(Type));
        return request;
    }

    private static void AddHeaders(HttpRequestMessage request, IEnumerable<KeyValuePair<string, string>> headers)
    {
        foreach (var (name, value) in headers.Take(MostHeaders))
        {
            if (value is { Length: <= LongestHeader } && !value.Any(char.IsControl) && !OwnHeaders.Contains(name))
            {
                // What is no header's name is not added.
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }
    }

    private static async Task<LfsBatch?> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            return await GitHttp.ReadingAsync(async () =>
            {
                await response.Content.LoadIntoBufferAsync(LongestResponse, cancellationToken);
                await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
                return await JsonSerializer.DeserializeAsync(body, LfsJson.Default.LfsBatch, cancellationToken);
            });
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task<CloneFailure> ExplainAsync(HttpResponseMessage response, CloneFailure failure, CancellationToken cancellationToken)
    {
        var said = "";
        if (
            (int)response.StatusCode is >= 400 and < 600
            && response.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true
        )
        {
            said = RemoteText.Shown((await ReadOrNothingAsync(response, cancellationToken))?.Message?.Trim() ?? "");
        }

        failure = (int)response.StatusCode switch
        {
            404 or 410 or 405 or 501 => new CloneFailure(
                Reasons.RepositoryNotFound,
                $"There is no Git LFS server at {access.Shown}, or it hides the repository (HTTP {(int)response.StatusCode}): check "
                    + "that the host has Git LFS, lfs.url in .lfsconfig, and what the credentials may read."
            ),
            _ => failure with { Message = $"Git LFS server at {access.Shown}: {failure.Message}" },
        };
        return said.Length == 0 ? failure : failure with { Message = $"{failure.Message} It says: \"{said}\".", Quoted = said };
    }

    private static async Task<LfsBatch?> ReadOrNothingAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync(response, cancellationToken);
        }
        catch (RemoteFailureException)
        {
            // The status says enough.
            return null;
        }
    }

    private static CloneFailure Missing(LfsError error)
    {
        var said = RemoteText.Shown(error.Message ?? "");
        var failure = new CloneFailure(
            Reasons.TransferFailed,
            $"The Git LFS server does not have it, or does not give it (error {error.Code}): push it there (git lfs push --all)."
        );
        return said.Length == 0 ? failure : failure with { Message = $"{failure.Message} It says: \"{said}\".", Quoted = said };
    }

    private static CloneFailure OfStorage(HttpResponseMessage response, string host)
    {
        var failure = HttpStatusFailure.Of(response, sent: null);
        return new CloneFailure(
            failure?.Reason == Reasons.RateLimited ? Reasons.RateLimited : Reasons.TransferFailed,
            $"{host}, where the Git LFS server keeps it, responded with HTTP {(int)response.StatusCode}: it is tried again; if it "
                + "stays so, ask whoever runs the Git LFS server."
        )
        {
            RetryAfter = failure?.RetryAfter,
        };
    }

    private RemoteFailureException Malformed() =>
        new(
            Reasons.TransferFailed,
            $"What {access.Shown} responded is no response of a Git LFS server: check lfs.url in .lfsconfig, and that nothing on the way "
                + "asks for a login by a page."
        );
}

using System.Net.Http.Headers;
using CodeRepoOperator.Cloning.Remotes.Http;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Cloning.Remotes.Protocol;

/// <summary>One visit to a remote over git's smart HTTP protocol: look a branch up, then perhaps fetch it.</summary>
internal sealed class UploadPack
{
    // Of an answer that lists refs: some 700,000 of them.
    private const long MaximumRefs = 64L << 20;

    private const string RequestType = "application/x-git-upload-pack-request";

    private readonly GitHttp _http;
    private readonly Uri _service;
    private readonly GitCredentials? _credentials;
    private readonly BranchName? _branch;
    private readonly Advertisement _advertisement;

    private UploadPack(GitHttp http, Uri service, GitCredentials? credentials, BranchName? branch, Advertisement advertisement) =>
        (_http, _service, _credentials, _branch, _advertisement) = (http, service, credentials, branch, advertisement);

    /// <summary>Asks the remote what it can do, following its redirects.</summary>
    /// <exception cref="RemoteFailureException">It can't be had.</exception>
    public static async Task<UploadPack> OpenAsync(
        GitHttp http, GitUrl url, BranchName? branch, GitCredentials? credentials, CancellationToken cancellationToken)
    {
        if (!url.IsHttp)
        {
            throw new RemoteFailureException(
                Reasons.Unsupported, "Remotes over ssh are not supported by this version: use the repository's https address.");
        }

        var found = await InfoRefs.GetAsync(http, url.Uri, credentials, cancellationToken);
        using (found.Response)
        {
            return await GitHttp.ReadingAsync(async () =>
            {
                await using var body = await found.Response.Content.ReadAsStreamAsync(cancellationToken);
                var advertisement = await Advertisement.ReadAsync(new PktLineReader(body, MaximumRefs), branch, cancellationToken);
                return new UploadPack(http, found.Service, found.Credentials, branch, advertisement);
            });
        }
    }

    /// <summary>Where the branch is.</summary>
    public async Task<Attempt<RemoteHead>> FindHeadAsync(CancellationToken cancellationToken)
    {
        if (_advertisement.Head is { } head)
        {
            return head;
        }

        string[] prefixes = _branch is null ? ["HEAD"] : [_branch.Ref];
        var found = await ListRefsAsync(prefixes, firstOnly: false, cancellationToken);
        if (found.Succeeded || found.Failure.Reason != Reasons.BranchNotFound)
        {
            return found;
        }

        // No such branch, or no branch at all? One line of any answer tells.
        var any = await ListRefsAsync(["refs/"], firstOnly: true, cancellationToken);
        return any is { Succeeded: false, Failure.Reason: Reasons.EmptyRepository } ? any : found;
    }

    /// <summary>Fetches a commit.</summary>
    /// <param name="request">What to transfer.</param>
    /// <param name="take">Gets the pack, piece by piece; not called at all when there is nothing to send.</param>
    /// <param name="cancellationToken">Ends the transfer.</param>
    /// <returns>Which commits became shallow, and which ceased to be.</returns>
    public async Task<FetchResponse> FetchAsync(FetchRequest request, Action<ReadOnlySpan<byte>> take, CancellationToken cancellationToken)
    {
        var server = _advertisement.Capabilities;
        var canShallow = server.Version == 2 ? server.Has("fetch", "shallow") : server.Has("shallow");
        if (request.Depth > 0 && !canShallow)
        {
            throw new RemoteFailureException(Reasons.Unsupported, "The remote can't send a part of the history: set spec.depth to 0.");
        }

        if (server.Version != 2 && !server.Has("side-band-64k"))
        {
            throw new RemoteFailureException(Reasons.Unsupported, "The remote speaks a git protocol from before 2006, which is not supported.");
        }

        using var response = await PostAsync(server.Version == 2 ? request.Version2() : request.Version0(server), cancellationToken);
        return await GitHttp.ReadingAsync(async () =>
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            var answer = new FetchResponse(new PktLineReader(body, long.MaxValue));
            await answer.ReadHeadAsync(server, request.Depth > 0, cancellationToken);
            await answer.ReadPackAsync(take, cancellationToken);
            return answer;
        });
    }

    /// <summary>Before version 2: the commits whose parents the remote itself lacks.</summary>
    public IReadOnlyList<string> RemoteShallow => _advertisement.Shallow;

    private async Task<Attempt<RemoteHead>> ListRefsAsync(string[] prefixes, bool firstOnly, CancellationToken cancellationToken)
    {
        var writer = new PktLineWriter().Line("command=ls-refs").Line($"agent={GitAgent.Name}").Line("object-format=sha1").Delimiter()
            .Line("peel").Line("symrefs");
        if (_advertisement.Capabilities.Has("ls-refs", "unborn"))
        {
            writer.Line("unborn");
        }

        foreach (var prefix in prefixes)
        {
            writer.Line($"ref-prefix {prefix}");
        }

        using var response = await PostAsync(writer.Flush().ToArray(), cancellationToken);
        return await GitHttp.ReadingAsync(async () =>
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            var reader = new PktLineReader(body, MaximumRefs);
            var wanted = new WantedRef(_branch);
            for (var line = await reader.ReadAsync(cancellationToken); line.Kind != PktKind.Flush; line = await reader.ReadAsync(cancellationToken))
            {
                wanted.Add(line.Kind == PktKind.Data ? RefLine.Parse(line.Text) : throw PktLineReader.CutShort());
                if (firstOnly)
                {
                    break;
                }
            }

            return wanted.Result(complete: firstOnly);
        });
    }

    private async Task<HttpResponseMessage> PostAsync(byte[] body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _service);
        request.Content = new ByteArrayContent(body);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(RequestType);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/x-git-upload-pack-result"));
        if (_advertisement.Capabilities.Version == 2)
        {
            request.Headers.Add("Git-Protocol", "version=2");
        }

        var response = await _http.SendAsync(request, _credentials, cancellationToken);
        return HttpStatusFailure.Of(response, _credentials) is { } failure ? throw Disposing(response, failure) : response;
    }

    private static RemoteFailureException Disposing(HttpResponseMessage response, CloneFailure failure)
    {
        response.Dispose();
        return new RemoteFailureException(failure);
    }
}

using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Protocol;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Remotes;

/// <summary>One visit to a remote: look a branch up, then perhaps fetch it, once.</summary>
internal sealed class UploadPack : IAsyncDisposable
{
    // Bytes of a response that lists refs, which are not kept: some 3 million of them. The time-out ends those that go on and on.
    private const long MaximumRefs = 256L << 20;

    private readonly IUploadPackTransport _transport;
    private readonly BranchName? _branch;
    private readonly Advertisement _advertisement;

    private UploadPack(IUploadPackTransport transport, BranchName? branch, Advertisement advertisement) =>
        (_transport, _branch, _advertisement) = (transport, branch, advertisement);

    /// <summary>Asks the remote what it can do, following its redirects.</summary>
    /// <exception cref="RemoteFailureException">It can't be had.</exception>
    public static async Task<UploadPack> OpenAsync(
        RemoteTransports transports,
        GitUrl url,
        BranchName? branch,
        GitCredentials? credentials,
        CancellationToken cancellationToken
    )
    {
        var transport = await transports.OpenAsync(url, credentials, cancellationToken);
        try
        {
            var advertisement = await transport.ReadAdvertisementAsync(
                MaximumRefs,
                reader => Advertisement.ReadAsync(reader, branch, cancellationToken),
                cancellationToken
            );
            return new UploadPack(transport, branch, advertisement);
        }
        catch
        {
            await transport.DisposeAsync();
            throw;
        }
    }

    /// <summary>Where the branch is.</summary>
    public async Task<Attempt<RemoteHead>> FindHeadAsync(CancellationToken cancellationToken)
    {
        if (_advertisement.Head is { } head)
        {
            return head;
        }

        string[] prefixes = _branch is null ? ["HEAD"] : ["HEAD", _branch.Ref];
        var found = await ListRefsAsync(prefixes, firstOnly: false, cancellationToken);
        if (found.Succeeded || found.Failure.Reason != Reasons.BranchNotFound)
        {
            return found;
        }

        // No such branch, or no branch at all? One line of any response says; the rest is left unread, for nothing is asked after it.
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

        var message = server.Version == 2 ? request.Version2(server) : request.Version0(server);
        return await _transport.AskAsync(message, server.Version, long.MaxValue, ReadAsync, cancellationToken);

        async Task<FetchResponse> ReadAsync(PktLineReader reader)
        {
            var response = new FetchResponse(reader);
            await response.ReadHeadAsync(server, request.Depth > 0, cancellationToken);
            await response.ReadPackAsync(take, cancellationToken);
            return response;
        }
    }

    public ValueTask DisposeAsync() => _transport.DisposeAsync();

    /// <summary>Before version 2: the commits whose parents the remote itself lacks.</summary>
    public IReadOnlyList<string> RemoteShallow => _advertisement.Shallow;

    private async Task<Attempt<RemoteHead>> ListRefsAsync(string[] prefixes, bool firstOnly, CancellationToken cancellationToken)
    {
        var writer = Version2Command.Begin("ls-refs", _advertisement.Capabilities).Line("peel").Line("symrefs");
        if (_advertisement.Capabilities.Has("ls-refs", "unborn"))
        {
            writer.Line("unborn");
        }

        foreach (var prefix in prefixes)
        {
            writer.Line($"ref-prefix {prefix}");
        }

        return await _transport.AskAsync(writer.Flush().ToArray(), version: 2, MaximumRefs, ReadAsync, cancellationToken);

        async Task<Attempt<RemoteHead>> ReadAsync(PktLineReader reader)
        {
            var desired = new WantedRef(_branch, _advertisement.Capabilities.NamesHeadTarget);
            for (
                var line = await reader.ReadAsync(cancellationToken);
                line.Kind != PktKind.Flush;
                line = await reader.ReadAsync(cancellationToken)
            )
            {
                desired.Add(line.Kind == PktKind.Data ? RefLine.Parse(line.Text) : throw PktLineReader.CutShort());
                if (firstOnly)
                {
                    break;
                }
            }

            return desired.Result(complete: firstOnly);
        }
    }
}

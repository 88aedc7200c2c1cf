using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Protocol;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Remotes;

/// <summary>One visit to a remote: look a revision up, then perhaps fetch it, and what was left out of it.</summary>
internal sealed class UploadPack : IAsyncDisposable
{
    // Bytes of a response that lists refs, which are not kept: some 3 million of them. The time-out ends those that go on and on.
    private const long MaximumRefs = 256L << 20;

    private readonly IUploadPackTransport _transport;
    private readonly Revision _revision;
    private readonly Advertisement _advertisement;

    private UploadPack(IUploadPackTransport transport, Revision revision, Advertisement advertisement) =>
        (_transport, _revision, _advertisement) = (transport, revision, advertisement);

    /// <summary>Asks the remote what it can do, following its redirects.</summary>
    /// <exception cref="RemoteFailureException">It can't be had.</exception>
    public static async Task<UploadPack> OpenAsync(
        RemoteTransports transports,
        GitUrl url,
        Revision revision,
        GitCredentials? credentials,
        CancellationToken cancellationToken
    )
    {
        var transport = await transports.OpenAsync(url, credentials, cancellationToken);
        try
        {
            var advertisement = await transport.ReadAdvertisementAsync(
                MaximumRefs,
                reader => Advertisement.ReadAsync(reader, revision, cancellationToken),
                cancellationToken
            );
            return new UploadPack(transport, revision, advertisement);
        }
        catch
        {
            await transport.DisposeAsync();
            throw;
        }
    }

    /// <summary>Goes on from what a visit has found a moment ago, without asking for it again.</summary>
    /// <param name="transports">The ways to remotes.</param>
    /// <param name="url">The remote.</param>
    /// <param name="revision">What was looked for.</param>
    /// <param name="head">Where it is.</param>
    /// <param name="capabilities">Those of the <paramref name="head"/>.</param>
    /// <param name="credentials">For the remote's own origin; null: anonymous.</param>
    public static UploadPack GoOn(
        RemoteTransports transports,
        GitUrl url,
        Revision revision,
        RemoteHead head,
        IReadOnlyList<string> capabilities,
        GitCredentials? credentials
    ) => new(transports.GoOn(url, credentials), revision, new Advertisement(new ServerCapabilities(2, capabilities), head, []));

    /// <summary>What <see cref="GoOn"/> takes; null: the remote can't be gone on with.</summary>
    public IReadOnlyList<string>? Capabilities =>
        _transport.CanBeLeft && _advertisement.Capabilities is { Version: 2 } server ? server.Words : null;

    /// <summary>Where the revision is.</summary>
    public async Task<Attempt<RemoteHead>> FindHeadAsync(CancellationToken cancellationToken)
    {
        if (_advertisement.Head is { } head)
        {
            return head;
        }

        if (_revision is Revision.Commit commit)
        {
            return new RemoteHead(Branch: null, commit.Id) { IsCommitAsked = true };
        }

        var found = await ListRefsAsync(_revision.Prefixes, firstOnly: false, cancellationToken);
        if (found.Succeeded || found.Failure.Reason is not (Reasons.BranchNotFound or Reasons.RefNotFound))
        {
            return found;
        }

        // No such ref, or no ref at all? One line of any response says; the rest is left unread, for nothing is asked after it.
        var any = await ListRefsAsync(["refs/"], firstOnly: true, cancellationToken);
        return any is { Succeeded: false, Failure.Reason: Reasons.EmptyRepository } ? any : found;
    }

    /// <summary>
    /// Whether the remote would send this. Before version 2 of the protocol a commit that no ref names is given by some servers only.
    /// </summary>
    public bool Gives(RemoteHead head) =>
        !head.IsCommitAsked
        || head.IsShown
        || _advertisement.Capabilities.Version == 2
        || _advertisement.Capabilities.Has("allow-any-sha1-in-want")
        || _advertisement.Capabilities.Has("allow-reachable-sha1-in-want");

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

    /// <summary>
    /// Whether the remote leaves out what it is asked to, and gives that by its name later. Before version 2 of the protocol few do the
    /// latter.
    /// </summary>
    public bool CanFilter => _advertisement.Capabilities is { Version: 2 } server && server.Has("fetch", "filter");

    /// <summary>Fetches objects that a filter left out.</summary>
    /// <param name="request">Which.</param>
    /// <param name="take">Gets the pack, piece by piece.</param>
    /// <param name="cancellationToken">Ends the transfer.</param>
    public Task<FetchResponse> FetchAsync(ObjectsRequest request, Action<ReadOnlySpan<byte>> take, CancellationToken cancellationToken)
    {
        var server = _advertisement.Capabilities;
        return _transport.AskAsync(request.Version2(server), server.Version, long.MaxValue, ReadAsync, cancellationToken);

        async Task<FetchResponse> ReadAsync(PktLineReader reader)
        {
            var response = new FetchResponse(reader);
            await response.ReadHeadAsync(server, deepened: false, cancellationToken);
            await response.ReadPackAsync(take, cancellationToken);
            return response;
        }
    }

    public ValueTask DisposeAsync() => _transport.DisposeAsync();

    /// <summary>Before version 2: the commits whose parents the remote itself lacks.</summary>
    public IReadOnlyList<string> RemoteShallow => _advertisement.Shallow;

    private async Task<Attempt<RemoteHead>> ListRefsAsync(
        IReadOnlyList<string> prefixes,
        bool firstOnly,
        CancellationToken cancellationToken
    )
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
            var desired = new WantedRef(_revision, _advertisement.Capabilities.NamesHeadTarget);
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

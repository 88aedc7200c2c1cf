using System.Collections.Concurrent;
using System.Security.Cryptography;
using CodeRepoOperator.Entities;
using CodeRepoOperator.GitWorker.Checkout;
using CodeRepoOperator.GitWorker.Limits;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Http;

namespace CodeRepoOperator.GitWorker.Lfs;

/// <summary>Fetches files of Git LFS into a store, several at once, each checked against its digest while it comes.</summary>
/// <param name="server">Has them.</param>
/// <param name="store">Where they go.</param>
/// <param name="quota">What they may take.</param>
/// <param name="time">The clock.</param>
internal sealed class LfsDownloads(LfsServer server, LfsStore store, CloneQuota quota, TimeProvider time)
{
    /// <summary>As many as <c>git lfs</c> fetches at once.</summary>
    private const int MaximumAtOnce = 8;

    /// <summary>How often a file is tried: an address may have expired, a connection broken.</summary>
    private const int MaximumTries = 3;

    private const int BufferSize = 128 * 1024;

    /// <summary>How long a server that is asked too often is waited for, all waits together; then it is left to a later try.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, CloneFailure> _failures = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _tries = new(StringComparer.Ordinal);
    private TimeSpan _waited;

    /// <summary>Why files are not in the store, by their digests.</summary>
    public IReadOnlyDictionary<string, CloneFailure> Failures => _failures;

    /// <summary>Fetches them.</summary>
    /// <param name="pointers">The files, each once.</param>
    /// <param name="reference">The full name of the branch or tag that they are of; null: none.</param>
    /// <param name="pace">Counts what comes.</param>
    /// <param name="cancellationToken">Ends it: those that are complete stay.</param>
    /// <exception cref="RemoteFailureException">The volume has no room.</exception>
    public async Task RunAsync(
        IReadOnlyList<LfsPointer> pointers,
        string? reference,
        TransferPace pace,
        CancellationToken cancellationToken
    )
    {
        var pending = new Queue<LfsPointer>(pointers);
        while (pending.Count > 0)
        {
            var page = new List<LfsPointer>();
            while (page.Count < LfsServer.MaximumAsked && pending.TryDequeue(out var next))
            {
                page.Add(next);
            }

            Dictionary<string, LfsBatchObject> said;
            try
            {
                said = await server.AskAsync(page, reference, cancellationToken);
            }
            catch (RemoteFailureException e)
            {
                if (page.TrueForAll(MayTryAgain) && await WaitAsync(e.Failure, cancellationToken))
                {
                    pending = new Queue<LfsPointer>([.. page, .. pending]);
                    continue;
                }

                // It is the server's response to any of them.
                foreach (var pointer in page.Concat(pending))
                {
                    _failures[pointer.Oid] = e.Failure;
                }

                return;
            }

            foreach (var again in await FetchAsync(page, said, pace, cancellationToken))
            {
                pending.Enqueue(again);
            }
        }
    }

    /// <returns>Those that are to be tried again.</returns>
    private async Task<IReadOnlyList<LfsPointer>> FetchAsync(
        List<LfsPointer> page,
        Dictionary<string, LfsBatchObject> said,
        TransferPace pace,
        CancellationToken cancellationToken
    )
    {
        var failed = new ConcurrentBag<(LfsPointer Pointer, CloneFailure Failure)>();
        await Parallel.ForEachAsync(
            page,
            new ParallelOptions { MaxDegreeOfParallelism = MaximumAtOnce, CancellationToken = cancellationToken },
            async (pointer, token) =>
            {
                try
                {
                    var one = said.GetValueOrDefault(pointer.Oid) ?? throw NotNamed();
                    await FetchAsync(pointer, one, pace, token);
                }
                catch (RemoteFailureException e) when (e.Failure.Reason is not (Reasons.QuotaExceeded or Reasons.StoreFull))
                {
                    failed.Add((pointer, e.Failure));
                }
            }
        );
        var again = failed
            .Where(one => IsWorthAnotherTry(one.Failure, said.GetValueOrDefault(one.Pointer.Oid)) && MayTryAgain(one.Pointer))
            .ToList();
        var waits =
            again.Count > 0 && await WaitAsync(again.MaxBy(one => one.Failure.RetryAfter ?? TimeSpan.Zero).Failure, cancellationToken);
        foreach (var (pointer, failure) in failed)
        {
            if (!waits || !again.Exists(one => one.Pointer == pointer))
            {
                _failures[pointer.Oid] = failure;
            }
        }

        return waits ? [.. again.Select(one => one.Pointer)] : [];
    }

    private async Task FetchAsync(LfsPointer pointer, LfsBatchObject said, TransferPace pace, CancellationToken cancellationToken)
    {
        using var response = await server.FetchAsync(said, cancellationToken);
        store.MakeDirectory(pointer, quota);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BufferSize];
        var length = 0L;
        await using (var body = await GitHttp.ReadingAsync(() => response.Content.ReadAsStreamAsync(cancellationToken)))
        await using (var file = store.New(pointer))
        {
            var read = await ReadAsync(body, buffer, cancellationToken);
            while (read > 0 && length + read <= pointer.Size)
            {
                pace.Count(read);
                quota.ChargePiece(read);
                hash.AppendData(buffer, 0, read);
                file.Write(buffer, 0, read);
                length += read;
                read = await ReadAsync(body, buffer, cancellationToken);
            }

            // What goes on is not read to its end.
            length += read;
        }

        if (length != pointer.Size || Convert.ToHexStringLower(hash.GetHashAndReset()) != pointer.Oid)
        {
            throw new RemoteFailureException(
                Reasons.TransferFailed,
                $"{response.RequestMessage?.RequestUri?.IdnHost} sent another content than its SHA-256 says: it is tried again; if it "
                    + "stays so, push the file again (git lfs push --all)."
            );
        }

        store.Commit(pointer);
    }

    private static Task<int> ReadAsync(Stream body, byte[] buffer, CancellationToken cancellationToken) =>
        GitHttp.ReadingAsync(() => body.ReadAsync(buffer, cancellationToken).AsTask());

    private bool MayTryAgain(LfsPointer pointer)
    {
        var tries = _tries.GetValueOrDefault(pointer.Oid) + 1;
        _tries[pointer.Oid] = tries;
        return tries < MaximumTries;
    }

    /// <summary>What the server itself says of a file it will say again.</summary>
    private static bool IsWorthAnotherTry(CloneFailure failure, LfsBatchObject? said) =>
        said is { Error: null } && CloneFailure.TransientReasons.Contains(failure.Reason);

    /// <summary>Waits before another try.</summary>
    /// <returns>Whether there is to be one.</returns>
    private async Task<bool> WaitAsync(CloneFailure failure, CancellationToken cancellationToken)
    {
        var wait = failure.RetryAfter ?? ShortestWait;
        if (!CloneFailure.TransientReasons.Contains(failure.Reason) || _waited + wait > LongestWait)
        {
            return false;
        }

        _waited += wait;
        await Task.Delay(wait, time, cancellationToken);
        return true;
    }

    private static RemoteFailureException NotNamed() =>
        new(Reasons.TransferFailed, "The Git LFS server says nothing of it: ask whoever runs it.");
}

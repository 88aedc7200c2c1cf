using System.Security.Cryptography;
using System.Text;
using CodeRepoOperator.Entities;
using CodeRepoOperator.GitWorker.Checkout;
using CodeRepoOperator.GitWorker.Limits;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Http;
using CodeRepoOperator.Remotes.Ssh;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Remotes.Worker;
using CodeRepoOperator.Timing;

namespace CodeRepoOperator.GitWorker.Lfs;

/// <summary>Fetches the files of a tree that Git LFS keeps, in this process, and puts them into the tree.</summary>
/// <param name="http">The way to servers.</param>
/// <param name="ssh">The way to repositories over SSH, which say where the server is.</param>
/// <param name="time">The clock.</param>
internal sealed class LfsFetch(GitHttp http, GitSsh ssh, TimeProvider time)
{
    private const int DigestLength = 16;

    /// <summary>Fetches them. Those that can't be had stay pointers, and are named.</summary>
    /// <exception cref="RemoteFailureException">The volume has no room.</exception>
    /// <exception cref="IOException">It can't be written.</exception>
    public async Task<FetchedLfs> RunAsync(LfsOrder order, CancellationToken cancellationToken)
    {
        var files = LfsFiles.Find(order.Tree);
        var store = new LfsStore(order.Tree.GitDirectory);
        var quota = new CloneQuota(order.Options.MaxCloneBytes, order.Budget, order.Tree.Directory);
        var failures = new Dictionary<string, CloneFailure>(StringComparer.Ordinal);
        var wanted = Choose(files, order.MaxBytes, failures);
        var missing = order.SeedFrom is { } seed
            ? await LinkAsync(new LfsStore(seed.GitDirectory), store, wanted, quota, cancellationToken)
            : wanted;
        if (missing.Count > 0)
        {
            await DownloadAsync(order, missing, store, quota, failures, cancellationToken);
            store.Close();
        }

        var there = files.Where(file => file.Pointer is { } pointer && !failures.ContainsKey(pointer.Oid)).ToList();
        new LfsTree(order.Tree, store, quota).Fill(there);
        return Report(files, there, failures, quota);
    }

    /// <summary>Those that fit, in the order of their paths; each once.</summary>
    private static List<LfsPointer> Choose(List<LfsFile> files, long maxBytes, Dictionary<string, CloneFailure> failures)
    {
        var (chosen, seen, left) = (new List<LfsPointer>(), new HashSet<string>(StringComparer.Ordinal), maxBytes);
        foreach (var pointer in files.Select(file => file.Pointer).OfType<LfsPointer>())
        {
            if (!seen.Add(pointer.Oid))
            {
                continue;
            }

            if (pointer.Size > left)
            {
                failures[pointer.Oid] = new CloneFailure(
                    Reasons.TooLarge,
                    $"It has {pointer.Size} bytes, and spec.lfs.maxBytes ({maxBytes}) has no room for it: raise that."
                );
                continue;
            }

            left -= pointer.Size;
            chosen.Add(pointer);
        }

        return chosen;
    }

    private static async Task<List<LfsPointer>> LinkAsync(
        LfsStore older,
        LfsStore store,
        List<LfsPointer> wanted,
        CloneQuota quota,
        CancellationToken cancellationToken
    )
    {
        var missing = new List<LfsPointer>();
        foreach (var pointer in wanted)
        {
            if (!await store.TryLinkAsync(older, pointer, quota, cancellationToken))
            {
                missing.Add(pointer);
            }
        }

        return missing;
    }

    private async Task DownloadAsync(
        LfsOrder order,
        List<LfsPointer> missing,
        LfsStore store,
        CloneQuota quota,
        Dictionary<string, CloneFailure> failures,
        CancellationToken cancellationToken
    )
    {
        var url = GitUrl.Parse(order.Server);
        if (!url.Succeeded)
        {
            throw new RemoteFailureException(url.Failure);
        }

        using var patience = new LinkedTimeout(order.Patience, time, cancellationToken);
        using var pace = new TransferPace(order.Options.StallTimeout, time, patience.Token);
        var own = http.With(order.Credentials);
        CloneFailure? failure = null;
        IReadOnlyDictionary<string, CloneFailure> failed = new Dictionary<string, CloneFailure>();
        try
        {
            var access = await LfsAccess.FindAsync(url.Value, order.Credentials, ssh, pace.Token);
            var downloads = new LfsDownloads(new LfsServer(own ?? http, access), store, quota, time);
            failed = downloads.Failures;
            await downloads.RunAsync(missing, order.Ref, pace, pace.Token);
        }
        catch (RemoteFailureException e) when (e.Failure.Reason is not (Reasons.QuotaExceeded or Reasons.StoreFull))
        {
            failure = e.Failure;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            failure = pace.IsTooSlow ? pace.Failure.Failure : TooLong;
        }
        finally
        {
            own?.Dispose();
        }

        foreach (var pointer in missing.Where(pointer => !store.Has(pointer)))
        {
            failures[pointer.Oid] = failed.GetValueOrDefault(pointer.Oid) ?? failure ?? TooLong;
        }
    }

    private static FetchedLfs Report(List<LfsFile> files, List<LfsFile> there, Dictionary<string, CloneFailure> failures, CloneQuota quota)
    {
        var omitted = new OmittedFiles();
        CloneFailure? first = null;
        var mayComeLater = false;
        foreach (var (entry, pointer) in files)
        {
            var failure = pointer is null ? NoPointer : failures.GetValueOrDefault(pointer.Oid);
            if (failure is not null)
            {
                omitted.Add(entry.Path, failure == NoPointer ? "not readable as a pointer" : failure.Reason);
                first ??= failure with { Message = $"{entry.Shown}: {failure.Message}" };
                mayComeLater |= failure.Reason != Reasons.TooLarge && failure != NoPointer;
            }
        }

        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (entry, pointer) in there)
        {
            digest.AppendData(Encoding.ASCII.GetBytes(pointer!.Oid));
            digest.AppendData(entry.Path);
            digest.AppendData([0]);
        }

        return new FetchedLfs(
            there.Count,
            there.Sum(file => file.Pointer!.Size),
            Convert.ToHexStringLower(digest.GetHashAndReset())[..DigestLength],
            quota.Size,
            omitted.ToPaths(),
            first,
            mayComeLater
        );
    }

    private static readonly CloneFailure TooLong = new(
        Reasons.Timeout,
        "It took longer than is left of spec.timeout: raise it, or see whether the server is slow. What has come is kept."
    );

    private static readonly CloneFailure NoPointer = new(
        Reasons.Unsupported,
        "What is committed is no pointer that can be read, or names an extension of Git LFS: commit it again."
    );
}

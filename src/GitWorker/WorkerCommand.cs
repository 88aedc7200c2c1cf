using System.Diagnostics;
using System.Text.Json;
using CodeRepoOperator.GitWorker.Checking;
using CodeRepoOperator.GitWorker.Git;
using CodeRepoOperator.GitWorker.Lfs;
using CodeRepoOperator.GitWorker.Limits;
using CodeRepoOperator.Remotes;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Http;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Ssh;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Remotes.Worker;
using LibGit2Sharp;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.GitWorker;

/// <summary>
/// Makes or checks one clone in a process of its own, so that what a hostile repository does to a process is not done to the operator,
/// and so that a clone can be ended at any time.
/// </summary>
internal static class WorkerCommand
{
    /// <summary>
    /// Reads the order, does it, responds; ends at once when the standard input is closed, for then nobody waits any more.
    /// </summary>
    /// <returns>The exit code: 0 when there is a response, be it a failure.</returns>
    public static async Task<int> RunAsync(Stream stdin, Stream stdout, CancellationToken cancellationToken)
    {
        ProcessMemory.KeepOffDisk();
        using var reader = new StreamReader(stdin, leaveOpen: true);
        var line = await reader.ReadLineAsync(cancellationToken);
        if (line is null || JsonSerializer.Deserialize(line, WorkerJson.Default.WorkerOrder) is not { } order)
        {
            return 2;
        }

        var watch = EndWithParentAsync(reader, cancellationToken);
        PrepareProcess();
        var response = order switch
        {
            { ToClone: { } clone } => JsonSerializer.SerializeToUtf8Bytes(
                await CloneAsync(clone, cancellationToken),
                WorkerJson.Default.WorkerResult
            ),
            { ToCheck: { } check } => JsonSerializer.SerializeToUtf8Bytes(
                await CheckAsync(check, cancellationToken),
                WorkerJson.Default.CheckResult
            ),
            { ToFill: { } fill } => JsonSerializer.SerializeToUtf8Bytes(
                await FillAsync(fill, cancellationToken),
                WorkerJson.Default.LfsResult
            ),
            _ => [],
        };
        await stdout.WriteAsync(response, cancellationToken);
        stdout.WriteByte((byte)'\n');
        await stdout.FlushAsync(cancellationToken);
        _ = watch;
        return 0;
    }

    private static async Task<WorkerResult> CloneAsync(WorkerRequest request, CancellationToken cancellationToken)
    {
        ProcessMemory.Limit(request.Options.MaxCloneMemory);
        ProcessMemory.LimitCpu(request.Options.MaxCloneCpu);
        if (request.Consolidates)
        {
            GiveWay();
        }

        var url = GitUrl.Parse(request.Url);
        var revision = RevisionOf(request.Head);
        if (!url.Succeeded || !revision.Succeeded)
        {
            return new WorkerResult(null, url.Failure ?? revision.Failure);
        }

        try
        {
            var policy = new HostPolicy(Options.Create(request.Options));
            using var http = new GitHttp(request.Options, policy, HttpClient.DefaultProxy);
            var transports = new RemoteTransports(http, new GitSsh(request.Options, policy));
            var order = new CloneOrder(url.Value, request.Head, request.Depth, request.Directory)
            {
                SeedFrom = request.SeedFrom,
                Credentials = request.Credentials,
                Budget = request.Budget,
                Sparse = request.Sparse,
                MaxSubmodules = request.MaxSubmodules,
                IsSubmodule = request.IsSubmodule,
                FindLfs = request.FindLfs,
                Consolidates = request.Consolidates,
            };
            return new WorkerResult(
                await new Cloner(transports, request.Options).CloneAsync(order, revision.Value, cancellationToken),
                null
            );
        }
        catch (RemoteFailureException e)
        {
            return new WorkerResult(null, e.Failure);
        }
    }

    private static async Task<LfsResult> FillAsync(LfsOrder order, CancellationToken cancellationToken)
    {
        ProcessMemory.Limit(order.Options.MaxCloneMemory);
        ProcessMemory.LimitCpu(order.Options.MaxCloneCpu);
        try
        {
            var policy = new HostPolicy(Options.Create(order.Options));
            using var http = new GitHttp(order.Options, policy, HttpClient.DefaultProxy);
            var fetch = new LfsFetch(http, new GitSsh(order.Options, policy), TimeProvider.System);
            return new LfsResult(await fetch.RunAsync(order, cancellationToken), null);
        }
        catch (Exception e) when (LocalFailure.Knows(e))
        {
            return new LfsResult(null, VolumeSpace.Explain(LocalFailure.Of(e), order.Tree.Directory));
        }
        catch (RemoteFailureException e)
        {
            return new LfsResult(null, e.Failure);
        }
    }

    private static Attempt<Revision> RevisionOf(RemoteHead head)
    {
        if (head.Branch is not { } name)
        {
            return head.IsCommitAsked ? new Revision.Commit(head.Commit)
                : head.Ref is { } full ? new Revision.Named(full)
                : new Revision.Head();
        }

        var branch = BranchName.Parse(name);
        return branch.Succeeded ? new Revision.Branch(branch.Value) : branch.Failure;
    }

    private static async Task<CheckResult> CheckAsync(CheckOrder order, CancellationToken cancellationToken)
    {
        GiveWay();
        return await new CloneCheck(order, TimeProvider.System).RunAsync(cancellationToken);
    }

    /// <summary>Clones that somebody waits for come first.</summary>
    private static void GiveWay()
    {
        using var process = Process.GetCurrentProcess();
        process.PriorityClass = ProcessPriorityClass.Idle;
    }

    private static void PrepareProcess()
    {
        // No configuration but the clone's own is read; asking for it also initialises the library.
        foreach (
            var level in new[]
            {
                ConfigurationLevel.System,
                ConfigurationLevel.Global,
                ConfigurationLevel.Xdg,
                ConfigurationLevel.ProgramData,
            }
        )
        {
            GlobalSettings.SetConfigSearchPaths(level, []);
        }

        var version = LibGit2.Version();
        if (version.Major != LibGit2.Supported.Major || version.Minor != LibGit2.Supported.Minor)
        {
            throw new NotSupportedException($"libgit2 {version} is in use, but the git worker was written for {LibGit2.Supported}.");
        }

        // The store is ours, whoever made its directories (another user of an older pod, an NFS server).
        GlobalSettings.SetOwnerValidation(enabled: false);
        FileLink.MakeNewFilesGroupReadable();
    }

    private static async Task EndWithParentAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        var rest = new char[256];
        while (await reader.ReadAsync(rest, cancellationToken) > 0)
        {
            // Nothing more is expected; only the end matters.
        }

        // Not Environment.Exit: it would wait for what native code is doing.
        Process.GetCurrentProcess().Kill();
    }
}

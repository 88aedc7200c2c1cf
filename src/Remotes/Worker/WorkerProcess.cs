using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Hosts;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Remotes.Worker;

/// <summary>Runs the git worker, a program of its own, and ends it when asked to.</summary>
/// <param name="options">What the worker gets of them.</param>
/// <param name="environment">What it sees of the operator's.</param>
/// <param name="logger">Where its last lines go.</param>
/// <param name="executable">The program; null: the one beside the operator.</param>
internal sealed class WorkerProcess(
    IOptions<GitOptions> options,
    WorkerEnvironment environment,
    ILogger<WorkerProcess> logger,
    string? executable = null
)
{
    // An response is a branch and a commit, or a message of a sentence or two.
    private const int MaximumResponse = 64 * 1024;

    // Path, name and URL of a submodule, with each character escaped.
    private const int ResponseOfSubmodule = 24 * 1024;

    // 128 + SIGBUS: libgit2 writes packs through a memory map, and a page that finds no room on the disk ends the process so.
    private const int BusError = 135;

    // 128 + SIGXCPU: Git:MaxCloneCpu is used up.
    private const int CpuTimeUsedUp = 152;

    private readonly string _executable = executable ?? Path.Combine(AppContext.BaseDirectory, "coderepo-git-worker");

    // By what each worked on, with the exit code that was reported.
    private readonly ConcurrentDictionary<string, int> _crashes = new();

    /// <summary>Has a clone made.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; the child has ended.</exception>
    public async Task<Attempt<FetchedTree>> CloneAsync(CloneOrder order, CancellationToken cancellationToken)
    {
        var request = new WorkerRequest(order.Url.ToString(), order.Head, order.Depth, order.Directory)
        {
            SeedFrom = order.SeedFrom,
            Credentials = order.Credentials,
            Budget = order.Budget,
            Sparse = order.Sparse,
            MaxSubmodules = order.MaxSubmodules,
            IsSubmodule = order.IsSubmodule,
            FindLfs = order.FindLfs,
            Consolidates = order.Consolidates,
            Options = options.Value,
        };
        var response = await RunAsync(
            new WorkerOrder(ToClone: request),
            order.Url.ToString(),
            new WorkerErrors(order.Credentials),
            MaximumResponse + (order.MaxSubmodules * ResponseOfSubmodule),
            cancellationToken
        );
        return response.NotStarted is { } notStarted ? notStarted
            : response.IsMissing ? NoResponse(response.ExitCode, order)
            : JsonSerializer.Deserialize(response.Text, WorkerJson.Default.WorkerResult) switch
            {
                { Tree: { } tree } => tree,
                { Failure: { } failure } => failure,
                _ => throw new InvalidOperationException("The git worker responded with neither a tree nor a failure."),
            };
    }

    /// <summary>Has the files of Git LFS fetched into a tree.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; the child has ended.</exception>
    public async Task<Attempt<FetchedLfs>> FillAsync(LfsOrder order, CancellationToken cancellationToken)
    {
        var response = await RunAsync(
            new WorkerOrder(ToFill: order),
            order.Server,
            new WorkerErrors(order.Credentials),
            MaximumResponse,
            cancellationToken
        );
        return response.NotStarted is { } notStarted ? notStarted
            : response.IsMissing
                ? new CloneFailure(
                    response.ExitCode == CpuTimeUsedUp ? Reasons.TooLarge : Reasons.TransferFailed,
                    $"The process that fetched the Git LFS files ended without a response (exit code {response.ExitCode}): it is tried "
                        + "again; if it stays so, have the administrator look at the operator's log, where its last lines are."
                )
            : JsonSerializer.Deserialize(response.Text, WorkerJson.Default.LfsResult) switch
            {
                { Fetched: { } fetched } => fetched,
                { Failure: { } failure } => failure,
                _ => throw new InvalidOperationException("The git worker responded with neither files nor a failure."),
            };
    }

    /// <summary>Has a clone checked. That it could not be read is a failure, and says nothing about the clone.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; the child has ended.</exception>
    public async Task<Attempt<CheckResult>> CheckAsync(CheckOrder order, CancellationToken cancellationToken)
    {
        var response = await RunAsync(
            new WorkerOrder(ToCheck: order),
            order.Directory,
            new WorkerErrors(credentials: null),
            MaximumResponse,
            cancellationToken
        );
        if (response.NotStarted is { } notStarted)
        {
            return notStarted;
        }

        if (response.IsMissing)
        {
            return new CloneFailure(
                Reasons.StoreUnavailable,
                $"The process that checked the clone ended without a response (exit code {response.ExitCode})."
            );
        }

        return JsonSerializer.Deserialize(response.Text, WorkerJson.Default.CheckResult) switch
        {
            { Failure: { } failure } => failure,
            { } result => result,
            _ => throw new InvalidOperationException("The git worker responded with nothing."),
        };
    }

    private async Task<Response> RunAsync(
        WorkerOrder order,
        string subject,
        WorkerErrors errors,
        int longest,
        CancellationToken cancellationToken
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        var started = Stopwatch.GetTimestamp();
        Process starting;
        try
        {
            starting = Start();
        }
        catch (Exception error) when (error is Win32Exception or IOException or UnauthorizedAccessException)
        {
            return new Response("", 0) { NotStarted = NotStarted(error) };
        }

        using var process = starting;
        GitLog.WorkerStarted(logger, process.Id, subject);
        try
        {
            var reading = errors.ReadAsync(process.StandardError, cancellationToken);
            await SendAsync(process, order, cancellationToken);
            var response = await ReadResponseAsync(process.StandardOutput, longest, cancellationToken);
            await reading;
            await process.WaitForExitAsync(cancellationToken);
            Log(process, subject, errors, Stopwatch.GetElapsedTime(started));
            return new Response(response, process.ExitCode);
        }
        finally
        {
            await EndAsync(process);
        }
    }

    private Process Start()
    {
        var start = new ProcessStartInfo(_executable)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = "/",
        };
        start.Environment.Clear();
        foreach (var (name, value) in environment.Variables)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start) ?? throw new InvalidOperationException("The git worker did not start.");
    }

    // Over a pipe: a command line or an environment could be read by others. The pipe stays open, for its end ends the worker.
    private static async Task SendAsync(Process process, WorkerOrder order, CancellationToken cancellationToken)
    {
        try
        {
            var line = JsonSerializer.Serialize(order, WorkerJson.Default.WorkerOrder) + "\n";
            await process.StandardInput.WriteAsync(line.AsMemory(), cancellationToken);
            await process.StandardInput.FlushAsync(cancellationToken);
        }
        catch (IOException)
        {
            // It has ended already; its exit code and the missing response say so.
        }
    }

    private static async Task<string> ReadResponseAsync(StreamReader reader, int longest, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var buffer = new char[4096];
        for (
            var read = await reader.ReadAsync(buffer, cancellationToken);
            read > 0;
            read = await reader.ReadAsync(buffer, cancellationToken)
        )
        {
            text.Append(buffer, 0, Math.Min(read, longest - text.Length));
        }

        return text.ToString();
    }

    private void Log(Process process, string subject, WorkerErrors errors, TimeSpan elapsed)
    {
        if (process.ExitCode == 0)
        {
            _crashes.TryRemove(subject, out _);
            GitLog.WorkerEnded(logger, process.Id, elapsed, errors.Shown());
        }
        else if (_crashes.TryGetValue(subject, out var reported) && reported == process.ExitCode)
        {
            // A retry that crashes as the one before is nothing new.
            GitLog.WorkerEnded(logger, process.Id, elapsed, errors.Shown());
        }
        else
        {
            _crashes[subject] = process.ExitCode;
            GitLog.WorkerCrashed(logger, process.Id, subject, process.ExitCode, elapsed, errors.Shown());
        }
    }

    // The execute bit is missing, or what the system has of processes, memory or file descriptors is used up: nothing that the remote or
    // the spec can cure.
    private static CloneFailure NotStarted(Exception error) =>
        new(
            Reasons.StoreUnavailable,
            $"The process that works on the clone can't be started ({Shown(error)}): it is tried again; "
                + "if it stays so, have the administrator look at the operator's image and its limits of processes, memory and file "
                + "descriptors."
        );

    // The exception's own words have the paths.
    private static string Shown(Exception error) =>
        error is Win32Exception { NativeErrorCode: var code } ? new Win32Exception(code).Message : error.GetType().Name;

    private CloneFailure NoResponse(int exitCode, CloneOrder order) =>
        exitCode switch
        {
            BusError => CloneFailure.StoreFull,

            // What takes long may be to build on the older clone, which the next try does not.
            CpuTimeUsedUp => new CloneFailure(
                order.SeedFrom is null ? Reasons.TooLarge : Reasons.TransferFailed,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The clone takes more than {options.Value.MaxCloneCpu.TotalSeconds:0} s of processor time: lower spec.depth, "
                        + $"choose another branch, or have the administrator raise Git:MaxCloneCpu."
                )
            ),
            _ => new CloneFailure(
                Reasons.TransferFailed,
                $"The process that cloned ended without a response (exit code {exitCode}): it is tried again; "
                    + "if it stays so, have the administrator look at the operator's log, where its last lines are."
            ),
        };

    private static async Task EndAsync(Process process)
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }

        // Only once it has ended does it write no more into the directory, which the caller is about to delete.
        await process.WaitForExitAsync(CancellationToken.None);
    }

    private sealed record Response(string Text, int ExitCode)
    {
        /// <summary>Why there was no process at all; null: there was one.</summary>
        public CloneFailure? NotStarted { get; init; }

        public bool IsMissing => ExitCode != 0 || Text.Length == 0;
    }
}

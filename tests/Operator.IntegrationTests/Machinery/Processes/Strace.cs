using System.Text.RegularExpressions;

namespace CodeRepoOperator.Machinery.Processes;

/// <summary>
/// Runs a program so that it stops right after each system call that changes something on a volume, and lets a test decide
/// there whether it goes on. The program knows nothing of it.
/// </summary>
internal sealed partial class Strace : IDisposable
{
    /// <summary>What changes names or waits for the disk, and what our own code writes files by.</summary>
    private const string Changes =
        "?mkdir,mkdirat,?rename,renameat,?link,linkat,?symlink,symlinkat,?unlink,unlinkat,?rmdir,"
        + "fsync,fdatasync,syncfs,pwrite64,ftruncate";

    private readonly TemporaryDirectory _directory = new();
    private readonly string _lines;
    private readonly string _below;
    private readonly Dictionary<int, string> _unfinished = [];

    private Strace(string below, string exchange)
    {
        _below = below;
        _lines = Path.Combine(_directory.Path, "lines");
        Fifo.Make(_lines);

        // Not --seccomp-bpf, which is quicker: strace 6.1 delivers no signals with it. -D: the program is our child, strace is not.
        Command =
        [
            "strace",
            "-D",
            "-f",
            "-qq",
            "-y",
            "-s",
            "0",
            "-e",
            "signal=STOP",
            "-o",
            _lines,
            "-e",
            $"trace={Changes},renameat2",
            "-e",
            $"inject={Changes}:signal=STOP",
            "-e",
            $"inject=renameat2{exchange}:signal=STOP",
        ];
    }

    /// <summary>What to put before the program and its arguments.</summary>
    public IReadOnlyList<string> Command { get; }

    /// <summary>For a program whose changes below a directory are of interest.</summary>
    public static Strace Of(string below) => new(below, "");

    /// <summary>The same, where directories can't be exchanged in one step.</summary>
    public static Strace WithoutExchange(string below) => new(below, ":error=EINVAL");

    /// <summary>Lets a program run from stop to stop until it has ended.</summary>
    /// <param name="process">The program; its children run on without stops.</param>
    /// <param name="step">Called at each stop with the system call, arguments and all; returns whether to kill the program there.</param>
    /// <param name="cancellationToken">Ends the program.</param>
    public Task FollowAsync(int process, Func<string, bool> step, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(
            () => Follow(process, step, cancellationToken),
            cancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );

    public void Dispose() => _directory.Dispose();

    private void Follow(int process, Func<string, bool> step, CancellationToken cancellationToken)
    {
        const string Stopped = "--- stopped by SIGSTOP ---";
        var killed = false;
        using var reader = new StreamReader(new FileStream(_lines, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        while (reader.ReadLine() is { } line)
        {
            if (!TryFinish(line, out var thread, out var call) || ProcessOf(thread) is not { } stopped)
            {
                continue;
            }

            killed |= stopped == process && !killed && IsChange(call) && step(call);
            if ((killed && stopped == process) || cancellationToken.IsCancellationRequested)
            {
                Signal.TrySend(stopped, Signal.Kill);
            }
            else if (call == Stopped)
            {
                // Not sooner: strace 6.1 gives up when a stop that it has seen coming is over before it came.
                Signal.TrySend(stopped, Signal.Continue);
            }
        }
    }

    private bool IsChange(string call) =>
        call.Contains(_below, StringComparison.Ordinal) && !call.Contains(" = -1 E", StringComparison.Ordinal);

    /// <summary>A call that was cut in two by another thread's is reported in two lines.</summary>
    private bool TryFinish(string line, out int thread, out string call)
    {
        var parts = LinePattern().Match(line);
        thread = parts.Success ? int.Parse(parts.Groups["thread"].ValueSpan, System.Globalization.CultureInfo.InvariantCulture) : 0;
        call = parts.Groups["call"].Value;
        if (!parts.Success)
        {
            return false;
        }

        const string Cut = " <unfinished ...>";
        if (call.EndsWith(Cut, StringComparison.Ordinal))
        {
            _unfinished[thread] = call[..^Cut.Length];
            return false;
        }

        if (call.StartsWith("<... ", StringComparison.Ordinal) && _unfinished.Remove(thread, out var begun))
        {
            call = begun + call[(call.IndexOf("resumed>", StringComparison.Ordinal) + "resumed>".Length)..];
        }

        // What is named in an open directory is reported by its path.
        call = NamePattern().Replace(call, "\"${directory}/${name}\"");
        return true;
    }

    private static int? ProcessOf(int thread)
    {
        try
        {
            var line = File.ReadLines($"/proc/{thread}/status").First(line => line.StartsWith("Tgid:", StringComparison.Ordinal));
            return int.Parse(line["Tgid:".Length..], System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It has ended.
            return null;
        }
    }

    [GeneratedRegex(
        @"^(?<thread>\d+) +(?<call>(\w+\(|<\.\.\. |--- stopped).*)$",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex LinePattern();

    [GeneratedRegex(@"\b\d+<(?<directory>/[^>]*)>, ""(?<name>[^""/][^""]*)""", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex NamePattern();
}

using System.Diagnostics;
using System.Text.Json;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Worker;
using GitServer;

namespace CodeRepoOperator;

/// <summary>What the start of the worker's process costs, and what is left of a clone when it was started beforehand.</summary>
internal static class StartBenchmark
{
    private const int Runs = 10;

    public static async Task RunAsync(GitHttpServer server, string url, Func<string> newDirectory, CancellationToken cancellationToken)
    {
        using var engine = new Engine();
        var (empty, asked, whole, waiting, git, gitAsked) = (
            new Series(),
            new Series(),
            new Series(),
            new Series(),
            new Series(),
            new Series()
        );
        var started = TimeProvider.System.GetTimestamp();
        Series? first = null;
        server.Fault = _ =>
        {
            Interlocked.Exchange(ref first, null)?.Add(TimeProvider.System.GetElapsedTime(started));
            return null;
        };
        for (var run = 0; run < Runs; run++)
        {
            await empty.TimeAsync(() => WorkAsync(engine, TimeSpan.Zero, order: null, cancellationToken));
            (first, started) = (asked, TimeProvider.System.GetTimestamp());
            await whole.TimeAsync(() => WorkAsync(engine, TimeSpan.Zero, Order(url, newDirectory()), cancellationToken));
            waiting.Add(await WorkAsync(engine, TimeSpan.FromMilliseconds(500), Order(url, newDirectory()), cancellationToken));
            await git.TimeAsync(() => GitProgram.RunAsync("/", null, cancellationToken, "--version"));
            (first, started) = (gitAsked, TimeProvider.System.GetTimestamp());
            await GitProgram.RunAsync("/", null, cancellationToken, "clone", "-q", "--depth", "1", url, newDirectory());
        }

        server.Fault = _ => null;
        Console.WriteLine($"start: worker without an order, to its end {empty}; git --version {git}");
        Console.WriteLine($"start: to the first request at the server: worker {asked}; git clone {gitAsked}");
        Console.WriteLine($"start: small clone by a worker started for it {whole}; by one that waited for its order {waiting}");
    }

    private static string Order(string url, string directory) =>
        JsonSerializer.Serialize(
            new WorkerOrder(
                new WorkerRequest(url, new RemoteHead("main", ""), 1, directory)
                {
                    Options = new GitOptions { PermittedNetworks = ["127.0.0.0/8"] },
                }
            ),
            WorkerJson.Default.WorkerOrder
        );

    // From the order on.
    private static async Task<TimeSpan> WorkAsync(Engine engine, TimeSpan wait, string? order, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "coderepo-git-worker"))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        start.Environment.Clear();
        foreach (var (name, value) in engine.Variables)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        await Task.Delay(wait, TimeProvider.System, cancellationToken);
        var started = TimeProvider.System.GetTimestamp();
        if (order is not null)
        {
            await process.StandardInput.WriteLineAsync(order.AsMemory(), cancellationToken);
            await process.StandardInput.FlushAsync(cancellationToken);
            var response = await process.StandardOutput.ReadLineAsync(cancellationToken);
            if (response?.Contains("\"Commit\"", StringComparison.Ordinal) != true)
            {
                throw new InvalidOperationException($"The worker responded: {response}");
            }
        }

        process.StandardInput.Close();
        await process.WaitForExitAsync(cancellationToken);
        return TimeProvider.System.GetElapsedTime(started);
    }
}

using System.Globalization;
using GitServer;

namespace CodeRepoOperator;

/// <summary>How long a clone takes to end once set to, beside <c>git clone</c> ended by SIGTERM to its group.</summary>
internal static class AbortBenchmark
{
    private const int Runs = 10;

    public static async Task RunAsync(GitHttpServer server, string url, Func<string> newDirectory, CancellationToken cancellationToken)
    {
        using var engine = new Engine();
        (string Name, int Requests, RequestFault Fault)[] cases =
        [
            ("hangs before the response", 1, new RequestFault { HangBeforeResponse = true }),
            ("hangs in the middle of the pack", 3, new RequestFault { HangAfter = 100_000 }),
            ("drips a byte a second", 1, new RequestFault { Drip = true }),
        ];
        foreach (var (name, requests, fault) in cases)
        {
            var ours = new Series();
            var gits = new Series();
            for (var run = 0; run < Runs; run++)
            {
                await EndedAsync(
                    server,
                    requests,
                    fault,
                    ours,
                    async token => await engine.CloneAsync(url, newDirectory(), token),
                    cancellationToken
                );
                server.ResetCounters();
                using var git = GitGroup.Start("clone", "-q", "--depth", "1", "--single-branch", url, newDirectory());
                await ReachedAsync(server, requests, fault, cancellationToken);
                await gits.TimeAsync(() => git.EndAsync(cancellationToken));
            }

            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"abort, the server {name}: ours {ours}; git {gits}: {ours.Median / gits.Median:0.00} times git's; wanted: the "
                        + $"longest below 1000 ms"
                )
            );
        }

        server.Fault = _ => null;
    }

    private static async Task EndedAsync(
        GitHttpServer server,
        int requests,
        RequestFault fault,
        Series times,
        Func<CancellationToken, Task> clone,
        CancellationToken cancellationToken
    )
    {
        server.ResetCounters();
        server.Fault = _ => server.Requests == requests ? fault : null;
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var cloning = clone(cancel.Token);
        await ReachedAsync(server, requests, fault, cancellationToken);
        await times.TimeAsync(async () =>
        {
            await cancel.CancelAsync();
            try
            {
                await cloning;
            }
            catch (OperationCanceledException)
            {
                // As reported.
            }
        });
    }

    private static async Task ReachedAsync(GitHttpServer server, int requests, RequestFault fault, CancellationToken cancellationToken)
    {
        while (server.Requests < requests || server.BytesSent < (fault.HangAfter ?? 0))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, cancellationToken);
        }

        // What was sent is received and worked on by then.
        await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
    }
}

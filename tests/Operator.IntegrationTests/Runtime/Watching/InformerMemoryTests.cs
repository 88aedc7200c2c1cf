using System.Diagnostics;
using System.Globalization;

namespace CodeRepoOperator.Runtime.Watching;

/// <summary>What a thousand broken connections leave behind. Alone, since memory and threads are the whole process's.</summary>
[Collection(nameof(RunAlone))]
[Trait("Category", "Slow")]
public sealed class InformerMemoryTests(KubeApiServer cluster)
{
    private const int Reconnects = 1000;

    /// <summary>Of other things in the process, such as the pool's threads.</summary>
    private const int Slack = 16;

    /// <summary>A thousand times less than the smallest thing that a reconnect could forget: a socket, a task, a registration.</summary>
    private const long MostBytes = Reconnects * 256;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_thousand_reconnects_leave_neither_memory_nor_threads_nor_handles_behind()
    {
        await using var fixture = await InformerFixture.CreateAsync(cluster, new HastyTime(1000));
        await fixture.StartAsync();
        await ReconnectAsync(fixture, 300);
        var before = await MeasureAsync(fixture, "before");

        await ReconnectAsync(fixture, Reconnects);

        // What the pool's threads keep at hand goes after a while. What was forgotten stays.
        var looks = 0;
        await Eventually.SeeAsync(
            "nothing is left behind",
            _ => MeasureAsync(fixture, $"after-{++looks}"),
            after =>
                after.Bytes - before.Bytes <= MostBytes
                && after.Threads - before.Threads <= Slack
                && after.Handles - before.Handles <= Slack,
            TimeSpan.FromMinutes(1),
            Token
        );
    }

    /// <summary>
    /// Has connections cut at each point of their life: while they are made, while something is asked, while it is watched.
    /// </summary>
    private static async Task ReconnectAsync(InformerFixture fixture, int times)
    {
        var goal = fixture.Proxy.Accepted + times;
        fixture.Proxy.Lifetime = number => TimeSpan.FromMilliseconds(number % 5 is var part and > 0 ? part : 60);
        fixture.Proxy.Cut();
        await Eventually.True(() => fixture.Proxy.Accepted >= goal, TimeSpan.FromMinutes(2), Token);
        fixture.Proxy.Lifetime = null;
        fixture.Proxy.Cut();

        // Some must have come as far as watching, or little was tried.
        Assert.InRange(fixture.Recoveries.Count, times / 100, times);
    }

    /// <summary>Measures when everything works again, so that nothing is on its way.</summary>
    private static async Task<(long Bytes, int Threads, int Handles)> MeasureAsync(InformerFixture fixture, string name)
    {
        await fixture.AddAsync(name);
        await fixture.SeeAsync(name);
        fixture.Way.Forget();
        fixture.Log.Forget();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var process = Process.GetCurrentProcess();
        var measured = (GC.GetTotalMemory(forceFullCollection: true), process.Threads.Count, Directory.GetFiles("/proc/self/fd").Length);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {measured}"));
        return measured;
    }
}

using CodeRepoOperator.Machinery;

namespace CodeRepoOperator.Cloning.Publishing;

/// <summary>
/// The operator is killed right after each single call by which it changes the volume, and started again. The steps are not
/// listed here: each run is killed one step later than the one before, until one gets through.
/// </summary>
/// <remarks>
/// These operators have an administrator's rights and a claim's name of their own at each start, so that none waits for the
/// Lease of the killed one. That is for OperatorLifeTests and TakeoverTests.
/// </remarks>
public sealed class CrashTests(KubeApiServer cluster)
{
    /// <summary>More steps than any of these has.</summary>
    private const int TooMany = 60;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killed_anywhere_while_it_takes_an_empty_volume_and_makes_the_first_clone()
    {
        await using var bench = await CloneBench.StartAsync(cluster);
        var commit = await bench.Project.GitAsync("rev-parse", "HEAD");
        async Task NothingYetAsync()
        {
            await RemoveAllAsync(bench);
            await bench.CreateAsync();
        }

        var steps = await KillAtEachStepAsync(
            bench, Strace.Of(bench.Store), NothingYetAsync, isFirst: _ => true, () => IsAtAsync(bench, commit), () => SeeAtAsync(bench, commit), found => found is null || found == commit);

        // From the first to the last.
        Assert.Contains("/.coderepo\"", steps[0], StringComparison.Ordinal);
        Assert.StartsWith("fsync", steps[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Killed_anywhere_while_it_puts_an_update_in_place(bool exchange)
    {
        await using var bench = await CloneBench.StartAsync(cluster);
        var repo = await bench.CreateAsync();
        var (old, commit) = ("", await bench.Project.GitAsync("rev-parse", "HEAD"));
        await using (var first = Start(bench, []))
        {
            await SeeAtAsync(bench, commit);
        }

        async Task NewCommitAsync()
        {
            (old, commit) = (commit, await bench.Project.CommitAsync("README.md", $"{Guid.NewGuid()}\n"));
            await bench.RequestAsync(commit);
        }

        bool MayBe(string? found) => found == old || found == commit || (found is null && !exchange);
        var steps = await KillAtEachStepAsync(
            bench,
            exchange ? Strace.Of(bench.Store) : Strace.WithoutExchange(bench.Store),
            NewCommitAsync,
            isFirst: call => call.Contains($"/tmp/{repo.Metadata.Uid}.", StringComparison.Ordinal),
            () => IsAtAsync(bench, commit),
            () => SeeAtAsync(bench, commit),
            MayBe);

        Assert.Equal(exchange, steps.Any(step => step.Contains("RENAME_EXCHANGE", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Killed_anywhere_while_it_takes_a_clone_away()
    {
        await using var bench = await CloneBench.StartAsync(cluster);
        var commit = await bench.Project.GitAsync("rev-parse", "HEAD");
        async Task DeletedAsync()
        {
            await bench.CreateAsync();
            await using (var first = Start(bench, []))
            {
                await SeeAtAsync(bench, commit);
            }

            await bench.DeleteAsync();
        }

        var steps = await KillAtEachStepAsync(
            bench,
            Strace.Of(bench.Store),
            DeletedAsync,
            isFirst: call => call.Contains(bench.Clone(), StringComparison.Ordinal),
            async () => (await bench.ListAsync()).Count == 0,
            () => Eventually.HoldsAsync(
                "object and clone are gone", async _ => (await bench.ListAsync()).Count == 0 && !Path.Exists(bench.Clone()), CloneBench.Soon, Token),
            found => found is null || found == commit);

        Assert.StartsWith("rename", steps[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Killed_anywhere_while_it_empties_the_trash()
    {
        await using var bench = await CloneBench.StartAsync(cluster);
        var trash = Path.Combine(bench.Store, ".coderepo", "trash", "0.old");
        await bench.CreateAsync();
        var commit = await bench.Project.GitAsync("rev-parse", "HEAD");
        await using (var first = Start(bench, []))
        {
            await SeeAtAsync(bench, commit);
        }

        async Task FilledAsync()
        {
            Directory.CreateDirectory(Path.Combine(trash, "folder"));
            await File.WriteAllTextAsync(Path.Combine(trash, "folder", "file"), "data", Token);
            File.CreateSymbolicLink(Path.Combine(trash, "link"), bench.Clone());
        }

        var steps = await KillAtEachStepAsync(
            bench,
            Strace.Of(bench.Store),
            FilledAsync,
            isFirst: call => call.Contains(trash, StringComparison.Ordinal),
            () => Task.FromResult(!Directory.Exists(trash)),
            () => SeeAtAsync(bench, commit),
            found => found == commit,
            grace: TimeSpan.Zero);

        Assert.Equal(4, steps.Count);
    }

    /// <summary>Kills at each step until a run gets through; returns that run's steps.</summary>
    private async Task<IReadOnlyList<string>> KillAtEachStepAsync(
        CloneBench bench,
        Strace strace,
        Func<Task> prepareAsync,
        Func<string, bool> isFirst,
        Func<Task<bool>> isDoneAsync,
        Func<Task> seeHealedAsync,
        Func<string?, bool> mayBe,
        TimeSpan? grace = null)
    {
        using (strace)
        {
            for (var last = 1; last < TooMany; last++)
            {
                await prepareAsync();
                var steps = new List<string>();
                var killed = false;
                var armed = true;
                await using (var running = Start(bench, strace.Command, ("Store__TrashGracePeriod", (grace ?? TimeSpan.FromHours(1)).ToString())))
                {
                    var followed = strace.FollowAsync(
                        running.Id,
                        call =>
                        {
                            if (armed && (steps.Count > 0 || isFirst(call)))
                            {
                                steps.Add(call);
                                killed = steps.Count == last;
                            }

                            return killed;
                        },
                        Token);
                    await Eventually.HoldsAsync("done or killed", async _ => killed || await isDoneAsync(), CloneBench.Soon, Token);
                    armed = false;
                    if (!killed)
                    {
                        await running.StopAsync(Token);
                    }

                    await followed;
                }

                var what = killed ? $"killed after step {last}, {steps[^1]}" : "not killed";
                Assert.True(mayBe(await CompleteCloneAsync(bench, what)), what);
                await using (var again = Start(bench, [], ("Store__TrashGracePeriod", "00:00:00")))
                {
                    await seeHealedAsync();
                    await SeeTidyAsync(bench, what);
                }

                if (!killed)
                {
                    return steps;
                }
            }
        }

        throw new InvalidOperationException($"There are more than {TooMany} steps.");
    }

    private OperatorProcess Start(CloneBench bench, IEnumerable<string> tracer, params (string Name, string Value)[] settings) => OperatorProcess.StartUnder(
        tracer, cluster.AdminKubeconfig, bench.Namespace, bench.Store, [("Store__Claim", $"crash-{Guid.NewGuid():n}"), .. settings]);

    private static async Task<bool> IsAtAsync(CloneBench bench, string commit) => (await bench.GetAsync()).Status?.Commit == commit;

    private static async Task SeeAtAsync(CloneBench bench, string commit)
    {
        await bench.SeeAsync("the commit in the status", repo => repo.Status?.Commit == commit);
        await bench.SeeCloneAsync(commit);
    }

    /// <summary>The commit of the clone in its place; null: there is none. One that is there must be whole.</summary>
    private static async Task<string?> CompleteCloneAsync(CloneBench bench, string what)
    {
        var clone = bench.Clone();
        if (!Path.Exists(clone))
        {
            return null;
        }

        var marker = CloneMarker.Read(StoreLayout.Marker(clone));
        Assert.True(marker is not null, what);
        await GitCommand.RunAsync(clone, "fsck", "--strict", "--no-dangling");
        Assert.True((await GitCommand.RunAsync(clone, "status", "--porcelain", "--ignored")).Length == 0, what);
        Assert.True(await GitCommand.RunAsync(clone, "rev-parse", "HEAD") == marker.Commit, what);
        return marker.Commit;
    }

    /// <summary>Waits until nothing is on the volume but what belongs there.</summary>
    private static Task SeeTidyAsync(CloneBench bench, string what) => Eventually.True(
        () => Names(bench.Store).Except([".coderepo", bench.Namespace]).Concat(Names(bench.Store, ".coderepo").Except(["owner", "tmp", "trash"]))
            .Concat(Names(bench.Store, bench.Namespace).Except(["hello"]))
            .Concat(Names(bench.Store, ".coderepo", "tmp")).Concat(Names(bench.Store, ".coderepo", "trash")).Any() is false,
        CloneBench.Soon,
        Token,
        $"nothing but what belongs there, {what}");

    private static IEnumerable<string> Names(params string[] path)
        => Directory.Exists(Path.Combine(path)) ? Directory.GetFileSystemEntries(Path.Combine(path)).Select(entry => Path.GetFileName(entry)) : [];

    private static async Task RemoveAllAsync(CloneBench bench)
    {
        if ((await bench.ListAsync()).Count > 0)
        {
            await bench.PatchAsync(new { metadata = new { finalizers = Array.Empty<string>() } });
            await bench.DeleteAsync();
        }

        foreach (var folder in Directory.GetDirectories(bench.Store))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

namespace CodeRepoOperator.Cloning.Store;

/// <summary>
/// Kills the operator right after each single call by which it changes the volume, and starts it again. The steps are not
/// listed here: each run is killed one step later than the one before, until one gets through. That takes minutes: the tests of
/// each day take longer strides, those of <c>make soak</c> leave no step out.
/// </summary>
/// <remarks>
/// These operators have an administrator's rights and a claim's name of their own at each start, so that none waits for the
/// Lease of the killed one. That is for OperatorLifeTests and TakeoverTests.
/// </remarks>
internal sealed class CrashFixture : IAsyncDisposable
{
    /// <summary>More steps than anything that is done to the volume has.</summary>
    private const int TooMany = 60;

    /// <summary>strace stops a program at each of its system calls, for as long as a busy machine makes it wait.</summary>
    private static readonly TimeSpan Traced = TimeSpan.FromMinutes(3);

    private readonly KubeApiServer _cluster;

    private CrashFixture(KubeApiServer cluster, CloneFixture clones) => (_cluster, Clones) = (cluster, clones);

    /// <summary>The CodeRepos, the store, the git server.</summary>
    public CloneFixture Clones { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<CrashFixture> StartAsync(KubeApiServer cluster) => new(cluster, await CloneFixture.StartAsync(cluster));

    /// <summary>
    /// Kills at each step, or at each so manieth, until a run gets through; returns that run's steps. What the last step does may be seen
    /// before strace has reported it: where all steps are to be returned, <paramref name="lastStep"/> says what the last one has in it.
    /// </summary>
    public async Task<IReadOnlyList<string>> KillAtEachStepAsync(
        Strace strace,
        Func<Task> prepareAsync,
        Func<string, bool> isFirst,
        Func<Task<bool>> isDoneAsync,
        Func<Task> seeHealedAsync,
        Func<string?, bool> mayBe,
        TimeSpan? grace = null,
        int stride = 1,
        string? lastStep = null
    )
    {
        using (strace)
        {
            for (var last = 1; last < TooMany; last += stride)
            {
                await prepareAsync();
                var steps = new List<string>();
                var killed = false;
                var armed = true;
                var hasSeenLast = lastStep is null;
                await using (var running = Start(strace.Command, ("Store__TrashGracePeriod", (grace ?? TimeSpan.FromHours(1)).ToString())))
                {
                    var followed = strace.FollowAsync(
                        running.Id,
                        call =>
                        {
                            if (armed && (steps.Count > 0 || isFirst(call)))
                            {
                                steps.Add(call);
                                hasSeenLast |= lastStep is not null && call.Contains(lastStep, StringComparison.Ordinal);
                                killed = steps.Count == last;
                            }

                            return killed;
                        },
                        Token
                    );
                    await Eventually.HoldsAsync("done or killed", async _ => killed || (await isDoneAsync() && hasSeenLast), Traced, Token);
                    armed = false;
                    if (!killed)
                    {
                        await running.StopAsync(Token);
                    }

                    await followed;
                }

                var what = killed ? $"killed after step {last}, {steps[^1]}" : "not killed";
                Assert.True(mayBe(await CompleteCloneAsync(what)), what);
                await using (var again = Start([], ("Store__TrashGracePeriod", "00:00:00")))
                {
                    await seeHealedAsync();
                    await SeeTidyAsync(what);
                }

                if (!killed)
                {
                    return steps;
                }
            }
        }

        throw new InvalidOperationException($"There are more than {TooMany} steps.");
    }

    /// <summary>Starts an operator that waits for no other.</summary>
    public OperatorProcess Start(IEnumerable<string> tracer, params (string Name, string Value)[] settings) =>
        OperatorProcess.StartUnder(
            tracer,
            _cluster.AdminKubeconfig,
            Clones.Home,
            Clones.Namespace,
            Clones.Store,
            [("Store__Claim", $"crash-{Guid.NewGuid():n}"), .. settings]
        );

    /// <summary>Whether a commit is set to be cloned.</summary>
    public async Task<bool> IsAtAsync(string commit) => (await Clones.GetAsync()).Status?.Commit == commit;

    /// <summary>Waits until a commit is set to be cloned, and is.</summary>
    public async Task SeeAtAsync(string commit)
    {
        await Clones.SeeAsync("the commit in the status", repo => repo.Status?.Commit == commit);
        await Clones.SeeCloneAsync(commit);
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => Clones.DisposeAsync();

    /// <summary>The commit of the clone in its place; null: there is none. One that is there must be whole.</summary>
    private async Task<string?> CompleteCloneAsync(string what)
    {
        var clone = Clones.Clone();
        if (!Path.Exists(clone))
        {
            return null;
        }

        var marker = MarkerFile.Read(StoreLayout.Marker(clone));
        Assert.True(marker is not null, what);
        await GitCommand.RunAsync(clone, "fsck", "--strict", "--no-dangling");
        Assert.True((await GitCommand.RunAsync(clone, "status", "--porcelain", "--ignored")).Length == 0, what);
        Assert.True(await GitCommand.RunAsync(clone, "rev-parse", "HEAD") == marker.Commit, what);
        return marker.Commit;
    }

    /// <summary>Waits until nothing is on the volume but what belongs there.</summary>
    private Task SeeTidyAsync(string what) =>
        Eventually.True(
            () =>
                Names(Clones.Store)
                    .Except([".coderepo", Clones.Namespace])
                    .Concat(Names(Clones.Store, ".coderepo").Except(["owner", "tmp", "trash"]))
                    .Concat(Names(Clones.Store, Clones.Namespace).Except(["hello"]))
                    .Concat(Names(Clones.Store, ".coderepo", "tmp"))
                    .Concat(Names(Clones.Store, ".coderepo", "trash"))
                    .Any()
                    is false,
            CloneFixture.Soon,
            Token,
            $"nothing but what belongs there, {what}"
        );

    private static IEnumerable<string> Names(params string[] path) =>
        Directory.Exists(Path.Combine(path))
            ? Directory.GetFileSystemEntries(Path.Combine(path)).Select(entry => Path.GetFileName(entry))
            : [];
}

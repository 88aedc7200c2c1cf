using System.Diagnostics;
using System.Text.Json;
using CodeRepoOperator.Cloning.Remotes;
using CodeRepoOperator.Cloning.Remotes.Worker;
using CodeRepoOperator.Machinery;

namespace CodeRepoOperator.Cloning.Publishing;

/// <summary>
/// The process that makes a clone is killed right after each single call by which it changes the volume. All that these leave
/// behind lies in one store then, which one start has to clear.
/// </summary>
public sealed class WorkerCrashTests(KubeApiServer cluster)
{
    /// <summary>More steps than a clone of two files has.</summary>
    private const int TooMany = 400;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whatever_a_killed_worker_leaves_the_next_start_clears_and_the_clone_in_place_is_unharmed(bool update)
    {
        await using var bench = await StoreBench.StartAsync(cluster);
        var project = await bench.Remote.ProjectAsync();
        await project.CommitAsync("folder/a.txt", "a\n");
        var wanted = bench.Want();
        var clone = (await bench.Store.EnsureAsync(wanted, Token)).Published!;
        var commit = await project.CommitAsync("folder/b.txt", "b\n");
        var seed = update ? bench.Layout.Clone(wanted.Key) : null;

        var killed = 0;
        while (await IsKilledAsync(bench, killed + 1, seed))
        {
            killed++;
            Assert.InRange(killed, 1, TooMany);
        }

        Assert.InRange(killed, 20, TooMany);
        Assert.Equal(killed + 1, Directory.GetDirectories(bench.Layout.Staging).Length);
        await SeeWholeAsync(bench, wanted, clone.Marker.Commit);

        // As in a new process: the store is taken anew.
        File.Move(bench.Layout.Owner, bench.Layout.Owner + ".old");
        File.Copy(bench.Layout.Owner + ".old", bench.Layout.Owner);
        File.Delete(bench.Layout.Owner + ".old");
        Assert.Null(bench.Owner.Problem());
        Assert.Empty(Directory.GetFileSystemEntries(bench.Layout.Staging));
        await bench.Trash.EmptyAsync(roomWanted: false, Token);
        Assert.Empty(Directory.GetFileSystemEntries(bench.Layout.Trash));

        Assert.Equal(commit, (await bench.Store.RefreshAsync(wanted, clone, Token)).Published?.Marker.Commit);
        await SeeWholeAsync(bench, wanted, commit);
    }

    [Fact]
    public async Task A_worker_killed_under_a_living_operator_leaves_nothing_and_the_clone_is_tried_again()
    {
        await using var bench = await StoreBench.StartAsync(cluster);
        await (await bench.Remote.ProjectAsync()).CommitAsync("a.txt", "a\n");
        bench.Remote.Server.Fault = request => request.ContentLength > 200 ? new GitServer.RequestFault { HangAfter = 150 } : null;
        var wanted = bench.Want();
        var clone = bench.Store.EnsureAsync(wanted, Token);
        var worker = await Eventually.SeeAsync(
            "a worker is running",
            _ => Task.FromResult(StoreBench.Workers(bench.Layout.Staging).FirstOrDefault()),
            process => process != 0,
            CloneBench.Soon,
            Token);

        Signal.Send(worker, Signal.Kill);

        Assert.Equal(Entities.Reasons.TransferFailed, (await clone).Failure?.Reason);
        Assert.Empty(Directory.GetFileSystemEntries(bench.Layout.Staging));
        Assert.False(Directory.Exists(bench.Layout.Clone(wanted.Key)));
        bench.Remote.Server.Fault = _ => null;
        Assert.NotNull((await bench.Store.EnsureAsync(wanted, Token)).Published);
    }

    /// <summary>Runs a worker up to a step; whether there was one.</summary>
    private static async Task<bool> IsKilledAsync(StoreBench bench, int step, string? seed)
    {
        var staging = Directory.CreateDirectory(bench.Layout.NewStaging("uid")).FullName;
        using var strace = Strace.WithFiles(staging);
        string[] command = [.. strace.Command, Path.Combine(AppContext.BaseDirectory, "coderepo-git-worker")];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        using var worker = Process.Start(start)!;
        var (steps, killed) = (0, false);
        var followed = strace.FollowAsync(worker.Id, _ => killed = ++steps == step, Token);
        var request = new WorkerRequest(
            bench.Remote.Url().ToString(), "main", 1, staging, seed, null, new GitOptions { PermittedNetworks = ["127.0.0.0/8"] });
        await worker.StandardInput.WriteLineAsync(JsonSerializer.Serialize(new WorkerOrder(ToClone: request), WorkerJson.Default.WorkerOrder));
        await worker.StandardInput.FlushAsync(Token);
        await followed;
        return killed;
    }

    private static async Task SeeWholeAsync(StoreBench bench, WantedClone wanted, string commit)
    {
        var clone = bench.Layout.Clone(wanted.Key);
        await GitCommand.RunAsync(clone, "fsck", "--strict", "--no-dangling");
        Assert.Equal(commit, await GitCommand.RunAsync(clone, "rev-parse", "HEAD"));
        Assert.Empty(await GitCommand.RunAsync(clone, "status", "--porcelain", "--ignored"));
    }
}

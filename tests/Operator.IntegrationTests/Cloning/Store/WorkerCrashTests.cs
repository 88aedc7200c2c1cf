using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.Cloning.Store;

/// <summary>
/// The process that makes a clone is killed right before each single call by which it makes, links, renames or removes a name.
/// All that these leave behind lies in one store then, which one start has to clear. The calls are not listed here: a run that
/// is not killed says them, but for those on names that are made up anew each time.
/// </summary>
[Trait("Category", "Slow")]
public sealed class WorkerCrashTests(KubeApiServer cluster)
{
    private const string Calls = "?mkdir,mkdirat,?rename,renameat,renameat2,?link,linkat,?symlink,symlinkat,?unlink,unlinkat,openat";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_a_killed_worker_leaves_the_next_start_clears_and_the_clone_in_place_is_unharmed()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        var project = await fixture.Remote.ProjectAsync();
        await project.CommitAsync("directory/a.txt", "a\n");
        var wanted = fixture.Want();
        var clone = (await fixture.EnsureAsync(wanted, Token)).Published!;
        var commit = await project.CommitAsync("directory/b.txt", "b\n");

        var steps = await StepsAsync(fixture, fixture.Layout.Clone(wanted.Key));
        Assert.Contains(steps, step => step.Call == "mkdir" && step.Path == "/.git");
        Assert.Contains(steps, step => step.Call == "link" && step.Path.EndsWith(".pack", StringComparison.Ordinal));
        Assert.Contains(steps, step => step.Call == "openat" && step.Line.Contains("\"b.txt\"", StringComparison.Ordinal));
        Assert.Contains(steps, step => step.Call == "linkat" && step.Line.Contains("\"a.txt\"", StringComparison.Ordinal));
        foreach (var step in steps)
        {
            // strace counts for each thread, and threads take turns as they like: a call may come sooner in its thread than in the process.
            var killed = false;
            for (var count = step.Count; count > 0 && !killed; count--)
            {
                killed = await IsKilledAsync(fixture, step, count, fixture.Layout.Clone(wanted.Key));
            }

            Assert.True(killed, $"{step}");
        }

        await SeeWholeAsync(fixture, wanted, clone.Marker.Commit);

        // As in a new process: another owner file is another lock to take.
        File.Delete(fixture.Layout.Owner);
        await File.WriteAllTextAsync(fixture.Layout.Owner, """{"format":1,"shard":0}""", Token);
        Assert.Null(fixture.Owner.TryAcquire());
        Assert.Empty(Directory.GetFileSystemEntries(fixture.Layout.Staging));
        await fixture.Trash.EmptyAsync(roomWanted: false, Token);
        Assert.Empty(Directory.GetFileSystemEntries(fixture.Layout.Trash));

        Assert.Equal(commit, (await fixture.RefreshAsync(wanted, clone, Token)).Published?.Marker.Commit);
        await SeeWholeAsync(fixture, wanted, commit);
    }

    [Fact]
    public async Task A_worker_killed_under_a_living_operator_leaves_nothing_and_the_clone_is_tried_again()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        await (await fixture.Remote.ProjectAsync()).CommitAsync("a.txt", "a\n");
        // The one that brings the pack: two are the operator's, two more the worker's poll.
        fixture.Remote.Server.Fault = _ => fixture.Remote.Server.Requests == 5 ? new GitServer.RequestFault { HangAfter = 150 } : null;
        var wanted = fixture.Want();
        var clone = fixture.EnsureAsync(wanted, Token);
        var worker = await Eventually.SeeAsync(
            "a worker is running",
            _ => Task.FromResult(StoreFixture.Workers(fixture.Layout.Staging).FirstOrDefault()),
            process => process != 0,
            CloneFixture.Soon,
            Token
        );

        Signal.Send(worker, Signal.Kill);

        Assert.Equal(Entities.Reasons.TransferFailed, (await clone).Failure?.Reason);
        Assert.Empty(Directory.GetFileSystemEntries(fixture.Layout.Staging));
        Assert.False(Directory.Exists(fixture.Layout.Clone(wanted.Key)));
        fixture.Remote.Server.Fault = _ => null;
        Assert.NotNull((await fixture.EnsureAsync(wanted, Token)).Published);
    }

    /// <summary>Runs a worker that is killed right before a call; whether it came to that.</summary>
    private static async Task<bool> IsKilledAsync(StoreFixture fixture, Step step, int count, string seed)
    {
        var staging = Directory.CreateDirectory(fixture.Layout.NewStaging("uid")).FullName;
        string[] kill =
        [
            "-o",
            "/dev/null",
            "-P",
            staging + step.Path,
            "-e",
            $"trace={step.Call}",
            "-e",
            $"inject={step.Call}:signal=KILL:when={count}",
        ];
        var exitCode = await RunAsync(fixture, kill, staging, seed);
        Assert.True(exitCode is 0 or 128 + Signal.Kill, $"{step}: {exitCode}");
        return exitCode != 0;
    }

    /// <summary>The calls of a worker that is not killed.</summary>
    private static async Task<List<Step>> StepsAsync(StoreFixture fixture, string seed)
    {
        var staging = Directory.CreateDirectory(fixture.Layout.NewStaging("uid")).FullName;
        using var directory = new TemporaryDirectory();
        var lines = Path.Combine(directory.Path, "lines");
        Assert.Equal(0, await RunAsync(fixture, ["-y", "-o", lines, "-e", $"trace={Calls}", "-e", "signal=none"], staging, seed));
        var counts = new Dictionary<(string Call, string Path), int>();
        var steps = new List<Step>();
        foreach (var line in await File.ReadAllLinesAsync(lines, Token))
        {
            var call = Regex
                .Match(line, @"^\d+ +(?<call>\w+)\(", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1))
                .Groups["call"]
                .Value;
            if (call.Length == 0 || PathIn(line, staging) is not { } path)
            {
                continue;
            }

            var count = counts[(call, path)] = counts.GetValueOrDefault((call, path)) + 1;
            if (
                !line.Contains(" = -1 E", StringComparison.Ordinal)
                && !path.Contains("_git2_", StringComparison.Ordinal)
                && (call != "openat" || line.Contains("O_CREAT", StringComparison.Ordinal))
            )
            {
                steps.Add(new Step(call, path, count, line));
            }
        }

        return steps;
    }

    /// <summary>
    /// What a call is about, below a directory: the path that it names or else the directory that is open; null: something else.
    /// </summary>
    private static string? PathIn(string line, string directory)
    {
        string? First(string pattern) =>
            Regex
                .Matches(line, pattern, RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1))
                .Select(match => match.Groups["path"].Value)
                .FirstOrDefault(path => path == directory || path.StartsWith(directory + '/', StringComparison.Ordinal));
        return (First("\"(?<path>[^\"]*)\"") ?? First("[0-9]<(?<path>[^>]*)>"))?[directory.Length..];
    }

    /// <summary>Runs a worker under strace; returns its exit code.</summary>
    private static async Task<int> RunAsync(StoreFixture fixture, IEnumerable<string> options, string staging, string seed)
    {
        string[] command = ["-D", "-f", "-qq", .. options, Path.Combine(AppContext.BaseDirectory, "coderepo-git-worker")];
        var start = new ProcessStartInfo("strace", command)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        using var worker = Process.Start(start)!;
        var request = new WorkerRequest(fixture.Remote.Url().ToString(), new RemoteHead("main", ""), 1, staging)
        {
            SeedFrom = seed,
            Options = new GitOptions { PermittedNetworks = ["127.0.0.0/8"] },
        };
        await worker.StandardInput.WriteLineAsync(
            JsonSerializer.Serialize(new WorkerOrder(ToClone: request), WorkerJson.Default.WorkerOrder)
        );
        await worker.StandardInput.FlushAsync(Token);
        await worker.WaitForExitAsync(Token);
        return worker.ExitCode;
    }

    private static async Task SeeWholeAsync(StoreFixture fixture, DesiredClone wanted, string commit)
    {
        var clone = fixture.Layout.Clone(wanted.Key);
        await GitCommand.RunAsync(clone, "fsck", "--strict", "--no-dangling");
        Assert.Equal(commit, await GitCommand.RunAsync(clone, "rev-parse", "HEAD"));
        Assert.Empty(await GitCommand.RunAsync(clone, "status", "--porcelain", "--ignored"));
    }

    /// <summary>A call, and the how manieth of its kind about its path it is.</summary>
    private sealed record Step(string Call, string Path, int Count, string Line);
}

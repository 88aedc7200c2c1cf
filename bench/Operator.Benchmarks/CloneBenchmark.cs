using System.Globalization;
using CodeRepoOperator.Remotes;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Remotes.Worker;
using GitServer;

namespace CodeRepoOperator;

/// <summary>Clones and updates over loopback HTTP, beside what git takes for the same: medians, in turns.</summary>
internal sealed class CloneBenchmark
{
    private const int Runs = 5;

    private readonly BenchVolume _volume;
    private readonly GitHttpServer _server;
    private readonly GitRemote _remote;
    private readonly CancellationToken _token;
    private int _directories;

    private CloneBenchmark(BenchVolume volume, GitHttpServer server, Engine engine, CancellationToken token) =>
        (_volume, _server, _remote, _token) = (volume, server, engine.Remote, token);

    public static async Task RunAsync(bool isLarge, CancellationToken cancellationToken)
    {
        Console.WriteLine($"clone: medians of {Runs}, of 10 for aborts and starts; bytes are those of the responses' bodies");
        await using (var volume = BenchVolume.NewDirectory())
        {
            await using var server = await GitHttpServer.StartAsync(volume.Path);
            using var engine = new Engine();
            var benchmark = new CloneBenchmark(volume, server, engine, cancellationToken);
            await benchmark.MeasureAsync("small", files: 100);
            await StartBenchmark.RunAsync(server, server.UrlOf("small.git"), benchmark.NewDirectory, cancellationToken);
            await ConnectionBenchmark.RunAsync(server, volume.Path, "small.git", benchmark.NewDirectory, cancellationToken);
            await AbortBenchmark.RunAsync(server, server.UrlOf("small.git"), benchmark.NewDirectory, cancellationToken);
            await AlternativesBenchmark.RunAsync(server, volume.Path, benchmark.NewDirectory, cancellationToken);
        }

        if (isLarge)
        {
            await using var volume = await BenchVolume.NewFileSystemAsync(cancellationToken);
            await using var server = await GitHttpServer.StartAsync(volume.Path);
            using var engine = new Engine();
            await new CloneBenchmark(volume, server, engine, cancellationToken).MeasureAsync("large", files: 50_000);
        }
    }

    private async Task MeasureAsync(string name, int files)
    {
        var bare = Path.Combine(_volume.Path, name + ".git");
        await SampleRepository.CreateAsync(bare, files, _token);
        var url = GitUrl.Parse(_server.UrlOf(name + ".git")).Value!;
        var head = (await _remote.PollAsync(url, new Revision.Head(), credentials: null, _token)).Value!;
        await CompareAsync(
            $"{name}: poll",
            wanted: null,
            () => _remote.PollAsync(url, new Revision.Head(), credentials: null, _token),
            ("git ls-remote", () => GitAsync("/", "ls-remote", "-q", url.ToString(), "HEAD"))
        );

        var (ours, gits) = (new List<string>(), new Queue<string>());
        await CompareAsync(
            $"{name}: clone",
            name == "large" ? 0.5 : 1,
            () => CloneAsync(url, head, ours),
            ("git clone", () => GitCloneAsync(url, gits))
        );
        await MemoryAsync(name, () => CloneAsync(url, head, ours), () => GitCloneAsync(url, gits));

        // Each of git's clones serves once: the second fetch into one would have nothing to do.
        await SampleRepository.CommitAsync(bare, _token);
        await CompareAsync(
            $"{name}: update by one file, a new tree beside the old",
            wanted: 1,
            () => CloneAsync(url, head, [], seed: ours[0]),
            ("git fetch and worktree add", () => GitUpdateAsync(gits.Dequeue())),
            ("with checkout.workers=2", () => GitUpdateAsync(gits.Dequeue(), "-c", "checkout.workers=2"))
        );

        // Each file comes as a delta to the one that is there.
        await SampleRepository.ChangeAllAsync(bare, files, _token);
        for (var run = 0; run < Runs; run++)
        {
            await GitCloneAsync(url, gits, "--branch", SampleRepository.Before);
        }

        await CompareAsync(
            $"{name}: update of all files",
            wanted: 1,
            () => CloneAsync(url, head, [], seed: ours[0]),
            ("git fetch and checkout", () => GitUpdateInPlaceAsync(gits.Dequeue()))
        );
    }

    private async Task CloneAsync(GitUrl url, RemoteHead head, List<string> made, string? seed = null)
    {
        var directory = NewDirectory();
        var tree = await _remote.CloneAsync(new CloneOrder(url, head, 1, directory) { SeedFrom = seed }, _token);
        if (!tree.Succeeded)
        {
            throw new InvalidOperationException(tree.Failure.Message);
        }

        made.Add(directory);
    }

    private async Task GitCloneAsync(GitUrl url, Queue<string> made, params string[] more)
    {
        var directory = NewDirectory();
        await GitProgram.CloneAsync(url.ToString(), directory, _token, more);
        made.Enqueue(directory);
    }

    private async Task GitUpdateAsync(string clone, params string[] configuration)
    {
        await GitAsync(clone, "fetch", "-q", "--depth", "1", "origin", "main");
        await GitAsync(clone, [.. configuration, "worktree", "add", "-q", "--detach", NewDirectory(), "FETCH_HEAD"]);
    }

    private async Task GitUpdateInPlaceAsync(string clone)
    {
        await GitAsync(clone, "fetch", "-q", "--depth", "1", "origin", "main");
        await GitAsync(clone, "checkout", "-q", "--detach", "FETCH_HEAD");
    }

    private Task GitAsync(string directory, params string[] arguments) => GitProgram.RunAsync(directory, null, _token, arguments);

    // Apart from the times, which looking at processes would disturb.
    private static async Task MemoryAsync(string name, Func<Task> ours, Func<Task> git)
    {
        var (own, largest, sum) = (new Series(), new Series(), new Series());
        for (var run = 0; run < Runs; run++)
        {
            own.Add(
                (await PeakMemory.WhileAsync(command => command.EndsWith("coderepo-git-worker ", StringComparison.Ordinal), ours)).Largest
                    / 1024.0
            );
            var peak = await PeakMemory.WhileAsync(command => command.StartsWith("git -C / clone", StringComparison.Ordinal), git);
            largest.Add(peak.Largest / 1024.0);
            sum.Add(peak.Sum / 1024.0);
        }

        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{name}: peak memory of the clone: ours {own.Median:0} MB; git {largest.Median:0} MB its largest process, "
                    + $"{sum.Median:0} MB the sum: "
                    + $"{own.Median / largest.Median:0.00} and {own.Median / sum.Median:0.00} times git's, wanted at most 1.50"
            )
        );
    }

    private async Task CompareAsync(string name, double? wanted, Func<Task> ours, params (string Name, Func<Task> Work)[] others)
    {
        var contenders = others
            .Prepend(("ours", ours))
            .Select(contender => (contender.Item1, contender.Item2, Times: new Series(), Bytes: new Series()))
            .ToList();
        for (var run = 0; run < Runs; run++)
        {
            foreach (var (_, work, times, bytes) in contenders)
            {
                await _volume.SyncAsync(_token);
                _server.ResetCounters();
                await times.TimeAsync(work);
                bytes.Add(_server.BytesSent);
            }
        }

        var median = contenders[0].Times.Median;
        var reported = contenders.Select(
            (contender, i) =>
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{contender.Item1} {contender.Times}, {contender.Bytes.Median:0} "
                        + $"B{(i == 0 ? "" : $": {median / contender.Times.Median:0.00} times git's")}"
                )
        );
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{name}: {string.Join("; ", reported)}{(wanted is null ? "" : $"; wanted at most {wanted:0.00}")}"
            )
        );
    }

    private string NewDirectory() => Directory.CreateDirectory(Path.Combine(_volume.Path, $"clone-{_directories++}")).FullName;
}

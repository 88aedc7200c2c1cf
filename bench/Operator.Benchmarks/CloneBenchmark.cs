using System.Globalization;
using System.Text;
using CodeRepoOperator.Cloning.Remotes;
using GitServer;

namespace CodeRepoOperator;

/// <summary>Clones and updates over loopback HTTP, beside what git takes for the same: medians, in turns.</summary>
internal sealed class CloneBenchmark
{
    private const int Runs = 5;

    private readonly string _root;
    private readonly GitHttpServer _server;
    private readonly GitRemote _remote;
    private readonly CancellationToken _token;
    private int _folders;

    private CloneBenchmark(string root, GitHttpServer server, Engine engine, CancellationToken token) =>
        (_root, _server, _remote, _token) = (root, server, engine.Remote, token);

    public static async Task RunAsync(bool large, CancellationToken cancellationToken)
    {
        var root = Directory.CreateTempSubdirectory("coderepo-bench-").FullName;
        try
        {
            await using var server = await GitHttpServer.StartAsync(root);
            using var engine = new Engine();
            var benchmark = new CloneBenchmark(root, server, engine, cancellationToken);
            Console.WriteLine($"medians of {Runs}, of 10 for aborts and starts; bytes are those of the answers' bodies");
            await benchmark.MeasureAsync("small", files: 100, size: 4000);
            await StartBenchmark.RunAsync(server, server.UrlOf("small.git"), benchmark.NewFolder, cancellationToken);
            await ConnectionBenchmark.RunAsync(server, root, "small.git", benchmark.NewFolder, cancellationToken);
            await AbortBenchmark.RunAsync(server, server.UrlOf("small.git"), benchmark.NewFolder, cancellationToken);
            if (large)
            {
                await benchmark.MeasureAsync("large", files: 50_000, size: 4000);
            }

            await AlternativesBenchmark.RunAsync(server, root, benchmark.NewFolder, cancellationToken);
        }
        finally
        {
            // Not between the runs: creating files right after deleting many is slow on ext4, whoever does it.
            Directory.Delete(root, recursive: true);
        }
    }

    private async Task MeasureAsync(string name, int files, int size)
    {
        var bare = Path.Combine(_root, name + ".git");
        await GitProgram.RunAsync("/", null, _token, "init", "-q", "--bare", "-b", "main", bare);
        await GitProgram.RunAsync(bare, Import(files, size), _token, "fast-import", "--quiet");
        var url = GitUrl.Parse(_server.UrlOf(name + ".git")).Value!;
        var ours = new List<string>();
        var gits = new List<string>();
        var head = (await _remote.LookUpAsync(url, null, _token)).Value!;
        await CompareAsync($"{name}: look-up", async _ => await _remote.LookUpAsync(url, null, _token), ["ls-remote", "-q", url.ToString(), "HEAD"]);
        await CompareAsync(
            $"{name}: clone",
            async folder =>
            {
                ours.Add(folder);
                Ensure(await _remote.CloneAsync(new CloneOrder(url, head, 1, folder), _token));
            },
            ["clone", "-q", "--depth", "1", "--single-branch", url.ToString()],
            gits);
        await MemoryAsync(name, url, head);
        await GitProgram.RunAsync(bare, "commit refs/heads/main\ncommitter A <a@b> 2 +0000\ndata 1\nx\nfrom refs/heads/main^0\nM 644 inline new.txt\ndata 1\ny\n", _token, "fast-import", "--quiet");
        var seed = ours[0];
        var next = 0;
        await CompareAsync(
            $"{name}: update (ours: a whole new tree; git: in place)",
            async folder => Ensure(await _remote.CloneAsync(new CloneOrder(url, head, 1, folder, seed), _token)),
            [],
            inPlace: () => gits[next++ % gits.Count],
            update: url.ToString());
    }

    // Apart from the times, which looking at processes would disturb.
    private async Task MemoryAsync(string name, GitUrl url, RemoteHead head)
    {
        var ours = new List<double>();
        var gits = (Largest: new List<double>(), Sum: new List<double>());
        for (var run = 0; run < Runs; run++)
        {
            var folder = NewFolder();
            var peak = await PeakMemory.WhileAsync(
                name => name.EndsWith("coderepo-git-worker ", StringComparison.Ordinal),
                async () => Ensure(await _remote.CloneAsync(new CloneOrder(url, head, 1, folder), _token)));
            ours.Add(peak.Largest / 1024.0);
            folder = NewFolder();
            peak = await PeakMemory.WhileAsync(
                name => name.StartsWith("git -C / clone", StringComparison.Ordinal),
                () => GitProgram.RunAsync("/", null, _token, "clone", "-q", "--depth", "1", "--single-branch", url.ToString(), folder));
            gits.Largest.Add(peak.Largest / 1024.0);
            gits.Sum.Add(peak.Sum / 1024.0);
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name}: peak memory of the clone: ours {Median(ours):0} MB; git {Median(gits.Largest):0} MB its largest process, {Median(gits.Sum):0} MB the sum"));
    }

    private async Task CompareAsync(
        string name, Func<string, Task> ours, string[] git, List<string>? folders = null, Func<string>? inPlace = null, string? update = null)
    {
        var times = (Ours: new List<double>(), Git: new List<double>());
        var bytes = (Ours: 0L, Git: 0L);
        for (var run = 0; run < Runs; run++)
        {
            var folder = NewFolder();
            bytes.Ours = await TimeAsync(times.Ours, () => ours(folder));
            if (inPlace is not null)
            {
                var target = inPlace();
                bytes.Git = await TimeAsync(times.Git, async () =>
                {
                    await GitProgram.RunAsync(target, null, _token, "fetch", "-q", "--depth", "1", update!, "main");
                    await GitProgram.RunAsync(target, null, _token, "reset", "-q", "--hard", "FETCH_HEAD");
                });
            }
            else
            {
                var target = NewFolder();
                folders?.Add(target);
                bytes.Git = await TimeAsync(times.Git, () => GitProgram.RunAsync("/", null, _token, folders is null ? git : [.. git, target]));
            }
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name}: ours {Median(times.Ours):0} ms, {bytes.Ours} B; git {Median(times.Git):0} ms, {bytes.Git} B"));
    }

    private async Task<long> TimeAsync(List<double> times, Func<Task> work)
    {
        _server.ResetCounters();
        var started = TimeProvider.System.GetTimestamp();
        await work();
        times.Add(TimeProvider.System.GetElapsedTime(started).TotalMilliseconds);
        return _server.BytesSent;
    }

    private string NewFolder() => Directory.CreateDirectory(Path.Combine(_root, $"clone-{_folders++}")).FullName;

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static void Ensure(Attempt<FetchedTree> tree)
    {
        if (!tree.Succeeded)
        {
            throw new InvalidOperationException(tree.Failure.Message);
        }
    }

    private static string Import(int files, int size)
    {
        var text = new StringBuilder("commit refs/heads/main\ncommitter A <a@b> 1 +0000\ndata 1\nx\n");
#pragma warning disable CA5394 // The same noise each time; no secret.
        var random = new Random(7);
        for (var i = 0; i < files; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"M 644 inline d{i % 250}/f{i}.txt\ndata {size}\n");
            for (var c = 0; c < size; c++)
            {
                text.Append(c % 80 == 79 ? '\n' : (char)random.Next(48, 80));
            }

            text.Append('\n');
        }
#pragma warning restore CA5394

        return text.ToString();
    }
}

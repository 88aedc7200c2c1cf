using System.Globalization;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Sparse;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Remotes.Worker;
using GitServer;

namespace CodeRepoOperator;

/// <summary>Clones of some folders over loopback HTTP, beside git's partial clone with a sparse checkout: medians, in turns.</summary>
internal static class SparseBenchmark
{
    private const int Runs = 5;
    private const int Files = 50_000;

    /// <summary>Of 250, with 200 files each: 1 % of the files.</summary>
    private const int Folders = 2;

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var volume = BenchVolume.NewDirectory();
        await using var server = await GitHttpServer.StartAsync(volume.Path);
        using var engine = new Engine();
        var bare = Path.Combine(volume.Path, "sparse.git");
        await SampleRepository.CreateAsync(bare, Files, cancellationToken);
        await GitProgram.RunAsync(bare, null, cancellationToken, "config", "uploadpack.allowFilter", "true");
        var url = server.UrlOf("sparse.git");
        string[] folders = [.. Enumerable.Range(0, Folders + 1).Select(i => $"d{i}")];

        var directories = 0;
        var (ours, gits) = (new Side(), new Side());
        for (var run = 0; run < Runs; run++)
        {
            await MeasureAsync(ours, directory => CloneAsync(engine, url, directory, folders[..Folders], seed: null, cancellationToken));
            await MeasureAsync(gits, directory => GitAsync(url, directory, folders[..Folders], cancellationToken));
        }

        Report(
            $"sparse: clone of {Folders} of 250 folders, {Files} files",
            ours,
            gits,
            "git clone --filter=blob:none --sparse",
            "; wanted at most 1.00 and 1.00"
        );

        // Each of git's clones serves once.
        var (widened, gitWidened) = (new Side(), new Side());
        for (var run = 0; run < Runs; run++)
        {
            var seed = ours.Made[run];
            await MeasureAsync(widened, directory => CloneAsync(engine, url, directory, folders, seed, cancellationToken));
            await MeasureAsync(gitWidened, _ => GitSetAsync(gits.Made[run], folders, cancellationToken));
        }

        Report("sparse: one folder more, a new tree beside the old", widened, gitWidened, "git sparse-checkout set, in place", "");

        async Task MeasureAsync(Side side, Func<string, Task> work)
        {
            var directory = Directory.CreateDirectory(Path.Combine(volume.Path, $"clone-{directories++}")).FullName;
            await volume.SyncAsync(cancellationToken);
            server.ResetCounters();
            await side.Times.TimeAsync(() => work(directory));
            side.Bytes.Add(server.BytesSent);
            side.Made.Add(directory);
        }
    }

    private static async Task CloneAsync(
        Engine engine,
        string url,
        string directory,
        string[] folders,
        string? seed,
        CancellationToken cancellationToken
    )
    {
        var order = new CloneOrder(GitUrl.Parse(url).Value!, new RemoteHead("main", ""), Depth: 1, directory)
        {
            Sparse = SparseFolders.Of(folders),
            SeedFrom = seed,
        };
        var tree = await engine.Remote.CloneAsync(order, cancellationToken);
        if (!tree.Succeeded)
        {
            throw new InvalidOperationException(tree.Failure.Message);
        }
    }

    private static async Task GitAsync(string url, string directory, string[] folders, CancellationToken cancellationToken)
    {
        await GitProgram.CloneAsync(url, directory, cancellationToken, "--filter=blob:none", "--sparse");
        await GitSetAsync(directory, folders, cancellationToken);
    }

    private static Task GitSetAsync(string clone, string[] folders, CancellationToken cancellationToken) =>
        GitProgram.RunAsync(clone, null, cancellationToken, ["sparse-checkout", "set", "--cone", .. folders]);

    private static void Report(string name, Side ours, Side git, string gitName, string wanted) =>
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{name}: ours {ours.Times}, {ours.Bytes.Median:0} B; {gitName} {git.Times}, {git.Bytes.Median:0} B: "
                    + $"{ours.Times.Median / git.Times.Median:0.00} times git's, {ours.Bytes.Median / git.Bytes.Median:0.000} times its "
                    + $"bytes{wanted}"
            )
        );

    private sealed class Side
    {
        public Series Times { get; } = new();

        public Series Bytes { get; } = new();

        public List<string> Made { get; } = [];
    }
}

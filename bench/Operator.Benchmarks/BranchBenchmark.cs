using System.Globalization;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Remotes.Worker;
using GitServer;

namespace CodeRepoOperator;

/// <summary>A second branch of a cloned repository, over loopback HTTP: its poll and its clone, beside git's fetch.</summary>
internal static class BranchBenchmark
{
    private const int Runs = 5;
    private const int Files = 2_000;
    private const double Wanted = 1;

    /// <summary>Bytes of the file that the second branch has more.</summary>
    private static readonly int[] Differences = [10, 100_000];

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var volume = BenchVolume.NewDirectory();
        await using var server = await GitHttpServer.StartAsync(volume.Path);
        using var engine = new Engine();
        var bare = Path.Combine(volume.Path, "branches.git");
        await SampleRepository.CreateAsync(bare, Files, cancellationToken);
        var url = server.UrlOf("branches.git");
        var clone = Directory.CreateDirectory(Path.Combine(volume.Path, "clone")).FullName;
        await engine.CloneAsync(url, clone, cancellationToken);
        foreach (var difference in Differences)
        {
            await MeasureAsync(difference);
        }

        async Task MeasureAsync(int difference)
        {
            var branch = string.Create(CultureInfo.InvariantCulture, $"by-{difference}");
            await SampleRepository.BranchAsync(bare, branch, difference, cancellationToken);
            var (ours, gits, bytes, gitBytes) = (new Series(), new Series(), new Series(), new Series());
            for (var run = 0; run < Runs; run++)
            {
                var directory = Directory.CreateDirectory(Path.Combine(volume.Path, $"{branch}-{run}")).FullName;
                var git = Path.Combine(volume.Path, $"git-{branch}-{run}");
                await GitProgram.CloneAsync(url, git, cancellationToken);
                await volume.SyncAsync(cancellationToken);
                server.ResetCounters();
                await ours.TimeAsync(() => CloneAsync(engine, url, branch, directory, clone, cancellationToken));
                bytes.Add(server.BytesSent);
                server.ResetCounters();
                await gits.TimeAsync(() => FetchAsync(git, branch, cancellationToken));
                gitBytes.Add(server.BytesSent);
            }

            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"second branch, {difference} bytes beside {Files} files: ours {ours}, {bytes.Median:0} B; git fetch and "
                        + $"checkout {gits}, {gitBytes.Median:0} B: {bytes.Median / gitBytes.Median:0.000} times its bytes; "
                        + $"wanted at most {Wanted:0.000}"
                )
            );
        }
    }

    private static async Task CloneAsync(
        Engine engine,
        string address,
        string branch,
        string directory,
        string seed,
        CancellationToken cancellationToken
    )
    {
        var url = GitUrl.Parse(address).Value!;
        var revision = new Revision.Branch(BranchName.Parse(branch).Value!);
        var head = await engine.Remote.PollAsync(url, revision, credentials: null, cancellationToken);
        var tree = head.Succeeded
            ? await engine.Remote.CloneAsync(new CloneOrder(url, head.Value, 1, directory) { SeedFrom = seed }, cancellationToken)
            : head.Failure;
        if (!tree.Succeeded)
        {
            throw new InvalidOperationException(tree.Failure.Message);
        }
    }

    private static async Task FetchAsync(string clone, string branch, CancellationToken cancellationToken)
    {
        await GitProgram.RunAsync(clone, null, cancellationToken, "fetch", "-q", "--depth", "1", "origin", branch);
        await GitProgram.RunAsync(clone, null, cancellationToken, "checkout", "-q", "FETCH_HEAD");
    }
}

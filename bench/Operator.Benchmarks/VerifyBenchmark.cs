using System.Globalization;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Inspecting;
using CodeRepoOperator.Cloning.Store;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Worker;
using CodeRepoOperator.Runtime.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator;

/// <summary>What it costs to find lost clones: a glance at many, and reading one whole.</summary>
internal static class VerifyBenchmark
{
    private const int Clones = 2000;
    private const int Runs = 7;

    // 2,000 files of 100 kB that do not compress.
    private const int LargeFiles = 2000;
    private const int LargeFileSize = 100_000;

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("coderepo-bench-");
        try
        {
            var root = directory.CreateSubdirectory("store").FullName;
            var layout = new StoreLayout(Options.Create(new StoreOptions { Root = root }));
            var small = await CloneAsync(directory, "small", 5, 1000, cancellationToken);
            for (var i = 0; i < Clones; i++)
            {
                var clone = layout.Clone(Key(i));
                Copy(new DirectoryInfo(small.Clone), clone);
                Publish(clone, small.Commit);
            }

            var inspector = new CloneInspector(layout, new KnownDamage());
            var known = Enumerable.Range(0, Clones).Select(i => inspector.Look(Key(i)).Published!).ToList();
            var looks = new Series();
            for (var run = 0; run < Runs; run++)
            {
                await looks.TimeAsync(() => LookAtAllAsync(inspector, known));
            }

            Console.WriteLine($"glance at {Clones} clones: {looks}");
            var large = await CloneAsync(directory, "large", LargeFiles, LargeFileSize, cancellationToken);
            await CheckAsync(large.Clone, large.Commit, cancellationToken);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static NamespacedName Key(int i) => new("team", string.Create(CultureInfo.InvariantCulture, $"repo-{i}"));

    private static Task LookAtAllAsync(CloneInspector inspector, IEnumerable<PublishedClone> known)
    {
        foreach (var clone in known)
        {
            if (inspector.Look(clone.Key, clone).Loss is { } loss)
            {
                throw new InvalidOperationException($"{clone.Key}: {loss}");
            }
        }

        return Task.CompletedTask;
    }

    private static async Task CheckAsync(string clone, string commit, CancellationToken cancellationToken)
    {
        var worker = new WorkerProcess(
            Options.Create(new GitOptions()),
            WorkerEnvironment.From(Environment.GetEnvironmentVariables()),
            NullLogger<WorkerProcess>.Instance
        );
        var (checks, before, bytes) = (new Series(), ChildrenTime(), 0L);
        for (var run = 0; run < Runs; run++)
        {
            await checks.TimeAsync(async () =>
            {
                var result = await worker.CheckAsync(new CheckOrder(clone, commit, int.MaxValue), cancellationToken);
                bytes = result is { Succeeded: true, Value.Finding: null }
                    ? result.Value.Bytes
                    : throw new InvalidOperationException($"{result.Value}");
            });
        }

        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"read whole: {bytes / 1e6:0} MB in {checks}, {(ChildrenTime() - before).TotalMilliseconds / Runs:0} ms of CPU each"
            )
        );
    }

    private static async Task<(string Clone, string Commit)> CloneAsync(
        DirectoryInfo directory,
        string name,
        int files,
        int size,
        CancellationToken cancellationToken
    )
    {
        var source = directory.CreateSubdirectory(name).FullName;
        await GitProgram.RunAsync(source, null, cancellationToken, "init", "-q", "-b", "main");
        var noise = new byte[size];
        for (var i = 0; i < files; i++)
        {
#pragma warning disable CA5394 // Noise; no secret.
            Random.Shared.NextBytes(noise);
#pragma warning restore CA5394
            await File.WriteAllBytesAsync(Path.Combine(source, $"{i}.bin"), noise, cancellationToken);
        }

        await GitProgram.RunAsync(source, null, cancellationToken, "add", "-A");
        await GitProgram.RunAsync(
            source,
            null,
            cancellationToken,
            "-c",
            "user.name=b",
            "-c",
            "user.email=b@example.com",
            "commit",
            "-q",
            "-m",
            "x"
        );
        var clone = source + ".clone";
        await GitProgram.RunAsync("/", null, cancellationToken, "clone", "-q", "--depth", "1", "--template=", $"file://{source}", clone);
        return (clone, (await File.ReadAllTextAsync(Path.Combine(clone, ".git/refs/heads/main"), cancellationToken)).TrimEnd());
    }

    private static void Copy(DirectoryInfo from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var entry in from.EnumerateFileSystemInfos())
        {
            if (entry is DirectoryInfo directory)
            {
                Copy(directory, Path.Combine(to, entry.Name));
            }
            else
            {
                File.Copy(entry.FullName, Path.Combine(to, entry.Name));
            }
        }
    }

    private static void Publish(string clone, string commit) =>
        new CloneMarker
        {
            Uid = "uid",
            Url = "https://git.example.com/x.git",
            WantedBranch = null,
            Branch = "main",
            Commit = commit,
            Depth = 1,
            ClonedAt = DateTimeOffset.UnixEpoch,
            Contents = CloneContents.Of(clone),
        }.Write(StoreLayout.Marker(clone));

    // Children that have ended, in hundredths of a second: fields 16 and 17 of /proc/self/stat.
    private static TimeSpan ChildrenTime() =>
        TimeSpan.FromMilliseconds(
            10 * File.ReadAllText("/proc/self/stat").Split(' ')[15..17].Sum(ticks => long.Parse(ticks, CultureInfo.InvariantCulture))
        );
}

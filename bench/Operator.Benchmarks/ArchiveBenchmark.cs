using System.Globalization;
using CodeRepoOperator.Api.Archives;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Remotes.Worker;
using GitServer;

namespace CodeRepoOperator;

/// <summary>Archives of a clone into a file, beside <c>git archive --format=tar.gz</c> of the same: medians, in turns.</summary>
internal static class ArchiveBenchmark
{
    private const int Runs = 5;
    private const double WantedTime = 1.2;
    private const double WantedMegabytes = 20;

    public static async Task RunAsync(bool isLarge, CancellationToken cancellationToken)
    {
        await using var volume = isLarge ? await BenchVolume.NewFileSystemAsync(cancellationToken) : BenchVolume.NewDirectory();
        var (name, files) = isLarge ? ("large", 50_000) : ("small", 2_000);
        var (clone, marker) = await CloneAsync(volume.Path, files, cancellationToken);
        var (ours, git, memory) = (new Series(), new Series(), new Series());
        var (own, theirs) = (Path.Combine(volume.Path, "ours.tar.gz"), Path.Combine(volume.Path, "git.tar.gz"));
        for (var run = 0; run < Runs; run++)
        {
            await ours.TimeAsync(() => ArchiveAsync(clone, marker, own, cancellationToken));
            await git.TimeAsync(() =>
                GitProgram.RunAsync(clone, null, cancellationToken, "archive", "--format=tar.gz", "-o", theirs, "HEAD")
            );
            memory.Add(await OwnMemory.PeakAsync(() => ArchiveAsync(clone, marker, own, cancellationToken)) / 1e6);
        }

        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"archive, {name} ({files} files): ours {ours}, {new FileInfo(own).Length} B; git archive {git}, "
                    + $"{new FileInfo(theirs).Length} B: "
                    + $"{ours.Median / git.Median:0.00} times git's, wanted at most {WantedTime:0.00}; "
                    + $"memory beyond that of before: {memory.Median:0.0} MB, wanted below {WantedMegabytes:0} MB"
            )
        );
    }

    private static async Task<(string Clone, CloneMarker Marker)> CloneAsync(
        string directory,
        int files,
        CancellationToken cancellationToken
    )
    {
        var served = Directory.CreateDirectory(Path.Combine(directory, "served")).FullName;
        await SampleRepository.CreateAsync(Path.Combine(served, "archive.git"), files, cancellationToken);
        await using var server = await GitHttpServer.StartAsync(served);
        using var engine = new Engine();
        var clone = Directory.CreateDirectory(Path.Combine(directory, "clone")).FullName;
        var order = new CloneOrder(GitUrl.Parse(server.UrlOf("archive.git")).Value!, new RemoteHead("main", ""), 1, clone);
        var made = await engine.Remote.CloneAsync(order, cancellationToken);
        return made.Succeeded ? (clone, MarkerOf(order.Url, made.Value)) : throw new InvalidOperationException(made.Failure.Message);
    }

    private static CloneMarker MarkerOf(GitUrl url, FetchedTree made) =>
        new()
        {
            Uid = "uid",
            Url = url.ToString(),
            WantedBranch = null,
            Branch = "main",
            Commit = made.Commit,
            Depth = 1,
            ClonedAt = default,
            CommittedAt = made.CommittedAt,
        };

    private static async Task ArchiveAsync(string clone, CloneMarker marker, string file, CancellationToken cancellationToken)
    {
        await using var output = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        using var archive = TreeArchive.Open(OpenDirectory.Open(clone)!, [], ArchivePath.Whole).Archive!;
        if (await ArchiveCompression.WriteAsync(archive, marker, output, cancellationToken) is { } flaw)
        {
            throw new InvalidOperationException(flaw.Detail);
        }
    }
}

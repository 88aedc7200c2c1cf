using System.Text;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Remotes.Refs;

namespace CodeRepoOperator.Remotes.Worker;

/// <summary>A clone takes no more of the volume than its budget, and is refused before it has.</summary>
[Trait("Category", "Slow")]
public sealed class CloneBudgetTests
{
    private const long Plenty = 1L << 40;
    private static readonly CloneFailure Exceeded = new(Reasons.QuotaExceeded, "over budget");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>What a commit holds, the budget in bytes and inodes, and whether it fits.</summary>
    public static TheoryData<string, long, long, bool> Commits =>
        new()
        {
            { "15,000 empty files", Plenty, 10_000, false },
            { "15,000 empty files", Plenty, 16_000, true },
            { "900 directories above one another", Plenty, 500, false },
            { "3,000 empty submodules", Plenty, 2_000, false },
            { "3,000 symbolic links", Plenty, 2_000, false },
            { "3,000 files of a byte: a block each", 8_000_000, Plenty, false },
            { "3,000 files of a byte: a block each", 16_000_000, Plenty, true },
            { "a line end that becomes two, two million times", 3_000_000, Plenty, false },
            { "a line end that becomes two, two million times", 8_000_000, Plenty, true },
            { "zeros that a pack hides", 2_000_000, Plenty, false },
            { "noise that a pack does not hide", 2_000_000, Plenty, false },
        };

    [Theory]
    [MemberData(nameof(Commits))]
    public async Task A_clone_beyond_its_budget_is_refused_and_one_within_it_is_made(string content, long bytes, long files, bool fits)
    {
        await using var fixture = await RemoteFixture.StartAsync();
        await PushAsync(await fixture.ProjectAsync(), content);
        var clone = fixture.NewDirectory();

        var made = await CloneAsync(fixture, clone, new CloneBudget(bytes, files, Exceeded, 0, 0));

        Assert.Equal(fits ? null : Exceeded, made.Failure);
        if (content.StartsWith("15,000", StringComparison.Ordinal))
        {
            // Counted before the first is made.
            Assert.Equal(fits ? 15_000 : 0, Directory.GetFileSystemEntries(clone).Count(entry => Path.GetFileName(entry) != ".git"));
        }

        if (fits)
        {
            Assert.InRange(made.Value!.Size!.Files, await InodesAsync(clone), await InodesAsync(clone) + 40);
            Assert.InRange(made.Value.Size.Bytes, DirectoryTree.SizeOf(clone) - 200_000, DirectoryTree.SizeOf(clone) * 2);
        }
    }

    [Fact]
    public async Task What_an_update_shares_with_the_older_clone_is_not_counted_twice()
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        await PushAsync(project, "15,000 empty files");
        var older = fixture.NewDirectory();
        Assert.True((await CloneAsync(fixture, older, new CloneBudget(Plenty, Plenty, Exceeded, 0, 0))).Succeeded);
        await project.CommitAsync("another", "one");

        var made = await CloneAsync(fixture, fixture.NewDirectory(), new CloneBudget(Plenty, 100, Exceeded, 0, 0), older);

        Assert.Null(made.Failure);
        Assert.InRange(made.Value!.Size!.SharedFiles, 15_000, 15_010);
        Assert.InRange(made.Value.Size.Files - made.Value.Size.SharedFiles, 1, 100);
    }

    [Theory]
    [InlineData("bytes", "size=16m", "The volume is full")]
    [InlineData("inodes", "size=64m,nr_inodes=8000", "no free inodes")]
    public async Task The_reserve_of_a_volume_stays_free_whatever_a_clone_may_take(string reserved, string volume, string shown)
    {
        await using var fixture = await RemoteFixture.StartAsync();
        await PushAsync(await fixture.ProjectAsync(), reserved == "bytes" ? "zeros of 15 MB" : "7,000 empty files");
        await using var mounted = await Mount.TmpfsAsync(fixture.NewDirectory(), volume);

        var made = await CloneAsync(
            fixture,
            Directory.CreateDirectory(Path.Combine(mounted.Path, "clone")).FullName,
            new CloneBudget(Plenty, Plenty, Exceeded, 4_000_000, 2000)
        );

        Assert.Equal(Reasons.StoreFull, made.Failure?.Reason);
        Assert.Contains(shown, made.Failure!.Message, StringComparison.Ordinal);
        Assert.True(VolumeSpace.Of(mounted.Path).FreeBytes >= 4_000_000);
        Assert.True(VolumeSpace.Of(mounted.Path).FreeInodes >= 2000);
    }

    [Theory]
    [InlineData("size=64m,nr_inodes=1000", "no free inodes")]
    [InlineData("size=3m", "The volume is full")]
    public async Task A_volume_without_inodes_is_reported_from_one_without_bytes(string volume, string shown)
    {
        await using var fixture = await RemoteFixture.StartAsync();
        await PushAsync(await fixture.ProjectAsync(), "3,000 files of a byte: a block each");
        await using var mounted = await Mount.TmpfsAsync(fixture.NewDirectory(), volume);

        var made = await fixture.CloneAsync(Directory.CreateDirectory(Path.Combine(mounted.Path, "clone")).FullName);

        Assert.Equal(Reasons.StoreFull, made.Failure?.Reason);
        Assert.Contains(shown, made.Failure!.Message, StringComparison.Ordinal);
        Assert.Contains("grow the claim", made.Failure.Message, StringComparison.Ordinal);
    }

    private static Task<Attempt<FetchedTree>> CloneAsync(
        RemoteFixture fixture,
        string directory,
        CloneBudget budget,
        string? seed = null
    ) =>
        fixture.Remote.CloneAsync(
            new CloneOrder(fixture.Url(), new RemoteHead("main", ""), 1, directory) { SeedFrom = seed, Budget = budget },
            Token
        );

    private static async Task PushAsync(GitProject project, string content)
    {
        switch (content)
        {
            case "15,000 empty files":
                await EntriesAsync(project, 15_000, "100644", await BlobAsync(project, ""));
                break;
            case "7,000 empty files":
                await EntriesAsync(project, 7_000, "100644", await BlobAsync(project, ""));
                break;
            case "3,000 files of a byte: a block each":
                await EntriesAsync(project, 3_000, "100644", await BlobAsync(project, "x"));
                break;
            case "3,000 empty submodules":
                await EntriesAsync(project, 3_000, "160000", new string('1', 40));
                break;
            case "3,000 symbolic links":
                await EntriesAsync(project, 3_000, "120000", await BlobAsync(project, "target"));
                break;
            case "900 directories above one another":
                await project.CommitAsync(string.Concat(Enumerable.Repeat("d/", 899)) + "f", "x");
                break;
            case "a line end that becomes two, two million times":
                await File.WriteAllTextAsync(project.Path(".gitattributes"), "*.txt text eol=crlf\n", Token);
                await project.CommitAsync("lines.txt", new string('\n', 2_000_000));
                break;
            case "zeros that a pack hides":
                await project.CommitAsync("zeros", new string('0', 3_000_000));
                break;
            case "zeros of 15 MB":
                await project.CommitAsync("zeros", new string('0', 15_000_000));
                break;
            default:
                await File.WriteAllBytesAsync(
                    project.Path("noise"),
                    System.Security.Cryptography.RandomNumberGenerator.GetBytes(3_000_000),
                    Token
                );
                await project.PushAsync();
                break;
        }
    }

    private static async Task<string> BlobAsync(GitProject project, string content)
    {
        await File.WriteAllTextAsync(project.Path("blob.raw"), content, Token);
        return await project.GitAsync("hash-object", "-w", "blob.raw");
    }

    /// <summary>Pushes a commit of one directory with so many entries of one object: a pack of some kilobytes.</summary>
    private static async Task EntriesAsync(GitProject project, int count, string mode, string hash)
    {
        var id = Convert.FromHexString(hash);
        var raw = Enumerable.Range(0, count).SelectMany(i => (byte[])[.. Encoding.ASCII.GetBytes($"{mode} f{i:00000}"), 0, .. id]);
        await File.WriteAllBytesAsync(project.Path("tree.raw"), [.. raw], Token);
        var tree = await project.GitAsync("hash-object", "-t", "tree", "-w", "--literally", "tree.raw");
        var commit = await project.GitAsync("commit-tree", "-m", "many", tree);
        await project.GitAsync("push", "-q", "origin", $"{commit}:refs/heads/main");
        await project.GitAsync("reset", "-q", "--hard", commit);
    }

    private static async Task<long> InodesAsync(string clone) =>
        (await ProcessRunner.RunAsync("find", [clone, "-printf", "."], new Dictionary<string, string>(StringComparer.Ordinal), "", Token))
            .OutputOrThrow()
            .Length;
}

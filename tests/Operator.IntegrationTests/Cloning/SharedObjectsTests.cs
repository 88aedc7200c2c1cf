using System.Globalization;
using System.Security.Cryptography;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Cloning;

/// <summary>CodeRepos of one namespace and one repository: what one of their clones has, the next need not have transferred.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class SharedObjectsTests(KubeApiServer cluster)
{
    private const int Large = 2_000_000;
    private const int Little = 20_000;

    /// <summary>
    /// The remote is asked for its branch before there is a slot for the clone, and once more by who clones: some 300 bytes.
    /// </summary>
    private const int LookUp = 400;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Another_branch_takes_only_the_difference_and_shares_files_that_are_the_same()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        var (first, topic) = await TwoBranchesAsync(fixture);
        await MadeAsync(fixture, fixture.Want("first"));
        var before = fixture.Remote.Server.BytesSent;

        var made = await MadeAsync(fixture, fixture.Want("second", repo => repo.Spec.Branch = "topic"));

        var took = fixture.Remote.Server.BytesSent - before;
        Assert.InRange(took, 1, Little);
        var git = await GitTakesAsync(fixture);
        Assert.InRange(took, 1, git + LookUp);
        Assert.IsType<CloneChange.Cloned>(made.Change);
        Assert.Equal("branch topic\n", await ReadAsync(fixture, "second", "topic.txt"));
        await ClonedTree.SoundAsync(Clone(fixture, "first"), first);
        await ClonedTree.SoundAsync(Clone(fixture, "second"), topic);
        Assert.Equal(await InodeAsync(fixture, "first", "large.bin"), await InodeAsync(fixture, "second", "large.bin"));

        // Each goes without the other.
        Assert.Null(fixture.Store.Remove(new("team", "first"), "uid-of-first"));
        await fixture.Trash.EmptyAsync(roomWanted: true, Token);
        await ClonedTree.SoundAsync(Clone(fixture, "second"), topic);
    }

    [Fact]
    public async Task Another_spelling_of_the_URL_is_the_same_repository()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        await TwoBranchesAsync(fixture);
        await MadeAsync(fixture, fixture.Want("first"));
        var before = fixture.Remote.Server.BytesSent;

        await MadeAsync(fixture, fixture.Want("second", repo => repo.Spec.GitUrl += "/"));

        Assert.InRange(fixture.Remote.Server.BytesSent - before, 1, Little);
    }

    [Theory]
    [InlineData("other", 1, "project.git")]
    [InlineData("team", 0, "project.git")]
    [InlineData("team", 1, "another.git")]
    public async Task Nothing_is_shared_with_another_namespace_a_part_of_the_history_or_another_repository(
        string ofNamespace,
        int depth,
        string repository
    )
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        var (first, _) = await TwoBranchesAsync(fixture);
        await GitCommand.RunAsync(fixture.Remote.Root, "clone", "--quiet", "--bare", "project.git", "another.git");
        await MadeAsync(fixture, fixture.Want("first"));
        var before = fixture.Remote.Server.BytesSent;

        await MadeAsync(fixture, fixture.Want("second", repo =>
            {
                repo.Metadata.NamespaceProperty = ofNamespace;
                repo.Spec.GitUrl = fixture.Remote.Server.UrlOf(repository);
                repo.Spec.Depth = depth;
            }));

        Assert.True(fixture.Remote.Server.BytesSent - before > Large);
        var second = Path.Combine(fixture.Root, ofNamespace, "second");
        Assert.Equal(first, (await GitCommand.RunAsync(second, "rev-parse", "HEAD")).Trim());
        Assert.Equal("1", await StatAsync("%h", Path.Combine(second, "large.bin")));
    }

    [Fact]
    public async Task A_clone_of_another_that_is_damaged_lends_nothing_and_is_not_copied()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        var (first, topic) = await TwoBranchesAsync(fixture);
        await MadeAsync(fixture, fixture.Want("first"));
        var pack = Directory.GetFiles(Path.Combine(Clone(fixture, "first"), ".git/objects/pack"), "*.pack").Single();
        File.SetUnixFileMode(pack, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await using (var damaged = File.OpenWrite(pack))
        {
            damaged.Position = Large / 2;
            damaged.Write([0, 1, 2, 3]);
        }

        await MadeAsync(fixture, fixture.Want("second", repo => repo.Spec.Branch = "topic"));

        await ClonedTree.SoundAsync(Clone(fixture, "second"), topic);
        Assert.NotEqual(first, topic);
    }

    [Fact]
    public async Task What_was_lost_is_made_again_of_what_others_have_and_what_is_damaged_is_not()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        var (first, _) = await TwoBranchesAsync(fixture);
        await MadeAsync(fixture, fixture.Want("first"));
        await MadeAsync(fixture, fixture.Want("second"));
        var lost = fixture.Want("second", repo => repo.Status = new CodeRepoStatus { ClonedAt = DateTimeOffset.UnixEpoch });
        Directory.Move(Clone(fixture, "second"), fixture.Root + "-lost");
        Directory.Delete(fixture.Root + "-lost", recursive: true);
        var before = fixture.Remote.Server.BytesSent;

        var made = await MadeAsync(fixture, lost);

        Assert.Equal(new CloneChange.Recloned(CloneLoss.FolderMissing), made.Change);
        Assert.InRange(fixture.Remote.Server.BytesSent - before, 1, Little);

        // The file that both have is damaged: it is the same on the volume.
        File.Delete(Path.Combine(Clone(fixture, "second"), ".git/index"));
        fixture.Store.Forget(made.Published!);
        before = fixture.Remote.Server.BytesSent;
        made = await MadeAsync(fixture, lost);
        Assert.Equal(new CloneChange.Recloned(CloneLoss.IndexMissing), made.Change);
        Assert.True(fixture.Remote.Server.BytesSent - before > Large);
        await ClonedTree.SoundAsync(Clone(fixture, "second"), first);
    }

    /// <summary>What git takes to fetch the other branch into a clone of the first.</summary>
    private static async Task<long> GitTakesAsync(StoreFixture fixture)
    {
        var clone = fixture.Remote.NewDirectory();
        await GitCommand.RunAsync("/", "clone", "-q", "--depth=1", "--single-branch", fixture.Remote.Server.UrlOf("project.git"), clone);
        var before = fixture.Remote.Server.BytesSent;
        await GitCommand.RunAsync(clone, "fetch", "-q", "--depth=1", "origin", "topic");
        return fixture.Remote.Server.BytesSent - before;
    }

    private static string Clone(StoreFixture fixture, string name) => Path.Combine(fixture.Root, "team", name);

    private static Task<string> ReadAsync(StoreFixture fixture, string name, string file) =>
        File.ReadAllTextAsync(Path.Combine(Clone(fixture, name), file), Token);

    private static Task<string> InodeAsync(StoreFixture fixture, string name, string file) =>
        StatAsync("%i", Path.Combine(Clone(fixture, name), file));

    private static async Task<string> StatAsync(string format, string path) =>
        (await ProcessRunner.RunAsync("stat", ["-c", format, path], new Dictionary<string, string>(), "", Token)).OutputOrThrow().Trim();

    private static async Task<Making.EnsureResult> MadeAsync(StoreFixture fixture, DesiredClone wanted)
    {
        var made = await fixture.EnsureAsync(wanted, Token);
        Assert.True(made.Failure is null, made.Failure?.Message);
        return made;
    }

    /// <summary>A branch with much that can't be compressed, and one with a little more.</summary>
    private static async Task<(string Main, string Topic)> TwoBranchesAsync(StoreFixture fixture)
    {
        var project = await fixture.Remote.ProjectAsync();
        await File.WriteAllBytesAsync(project.Path("large.bin"), RandomNumberGenerator.GetBytes(Large), Token);
        foreach (var number in Enumerable.Range(0, 20))
        {
            await File.WriteAllTextAsync(
                project.Path(string.Create(CultureInfo.InvariantCulture, $"src/{number}.txt")),
                string.Create(CultureInfo.InvariantCulture, $"{number}\n"),
                Token
            );
        }

        await project.GitAsync("add", "--all");
        var main = await project.CommitAsync("main.txt", "branch main\n");
        return (main, await project.CommitAsync("topic.txt", "branch topic\n", "topic"));
    }
}

namespace CodeRepoOperator.Remotes;

/// <summary>Older clones that are not what they seem: an update on top of one is as right as any.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
[Trait("Category", "Slow")]
public sealed class SeedTests(SeedOfUpdates made) : IClassFixture<SeedOfUpdates>
{
    private const int Depth = SeedOfUpdates.Depth;

    // Which git knows without having it.
    private const string EmptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

    private static readonly Dictionary<string, Action<string>> Damages = new()
    {
        ["the newest pack is gone"] = git => Delete(Packs(git)[^1]),
        ["the oldest pack is gone"] = git => Delete(Packs(git)[0]),
        ["all packs are gone"] = git => Packs(git).ForEach(Delete),
        ["a pack has lost its index"] = git => File.Delete(Path.ChangeExtension(Packs(git)[1], ".idx")),
        ["a pack is cut"] = git => Change(Packs(git)[0], bytes => bytes[..^40]),
        ["a pack is empty"] = git => Change(Packs(git)[0], _ => []),
        ["an index is cut"] = git => Change(Path.ChangeExtension(Packs(git)[0], ".idx"), bytes => bytes[..^40]),
        ["an index belongs to another pack"] = git =>
            Change(Path.ChangeExtension(Packs(git)[0], ".idx"), _ => File.ReadAllBytes(Path.ChangeExtension(Packs(git)[1], ".idx"))),
        ["shallow is gone"] = git => File.Delete(Path.Combine(git, "shallow")),
        ["shallow names what is no commit"] = git => Lines(Path.Combine(git, "shallow"), lines => [.. lines, EmptyTree]),
        ["shallow names a stranger"] = git => Lines(Path.Combine(git, "shallow"), lines => [.. lines, new string('7', 40)]),
        ["shallow is noise"] = git => File.WriteAllBytes(Path.Combine(git, "shallow"), [0, 255, 10, 13, 7]),
        ["HEAD is unreadable"] = git => File.WriteAllText(Path.Combine(git, "HEAD"), "nonsense"),
        ["HEAD names no branch that is there"] = git => File.WriteAllText(Path.Combine(git, "HEAD"), "ref: refs/heads/gone\n"),
        ["its branch names a commit that is not there"] = git =>
            File.WriteAllText(Path.Combine(git, "refs", "heads", "main"), new string('7', 40) + "\n"),
        ["its objects are elsewhere"] = git => File.WriteAllText(Path.Combine(git, "objects", "info", "alternates"), "/nowhere\n"),
        ["it has no .git"] = git => Directory.Delete(git, recursive: true),
        ["it is gone"] = git => Directory.Delete(Path.GetDirectoryName(git)!, recursive: true),
    };

    public static TheoryData<string> Names => [.. Damages.Keys];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task An_update_is_right_although(string damage)
    {
        var seed = made.Copy();
        Damages[damage](Path.Combine(seed, ".git"));

        foreach (var depth in new[] { Depth, 0 })
        {
            var clone = await UpdateAsync(seed, depth);
            await UpdatedClone.CheckBytesAsync(clone);
        }
    }

    [Fact]
    public async Task An_update_is_right_wherever_a_bit_is_flipped()
    {
        var seed = made.Copy();
        foreach (var file in Packs(Path.Combine(seed, ".git")).SelectMany(pack => new[] { pack, Path.ChangeExtension(pack, ".idx") }))
        {
            var whole = await File.ReadAllBytesAsync(file, Token);
            foreach (var at in new[] { 3, whole.Length / 3, whole.Length * 2 / 3, whole.Length - 1 })
            {
                Change(file, bytes => [.. bytes[..at], (byte)(bytes[at] ^ 4), .. bytes[(at + 1)..]]);
                var clone = made.Fixture.NewDirectory();
                Assert.True((await made.Fixture.CloneAsync(clone, made.History.Branch, Depth, seed)).Succeeded, $"{file}, byte {at}");
                await GitCommand.RunAsync(clone, "fsck", "--strict", "--no-dangling");
                Assert.Single(Packs(Path.Combine(clone, ".git")));
                Change(file, _ => whole);
            }
        }
    }

    [Fact]
    public async Task An_update_is_right_whichever_shallow_commit_is_the_only_one_remembered()
    {
        var seed = made.Copy();
        var shallow = Path.Combine(seed, ".git", "shallow");
        foreach (var remembered in await File.ReadAllLinesAsync(shallow, Token))
        {
            await File.WriteAllLinesAsync(shallow, [remembered], Token);
            await UpdateAsync(seed, 2 * Depth);
        }
    }

    [Fact]
    public async Task A_sound_older_clone_is_built_on()
    {
        made.Fixture.Server.ResetCounters();
        await UpdateAsync(made.Copy(), Depth);
        Assert.InRange(made.Fixture.Server.BytesSent, 1, 10_000);
    }

    [Fact]
    public async Task A_branch_set_back_by_more_commits_than_are_reported_one_by_one_costs_no_more()
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        var history = await PushedHistory.StartAsync(project, TestNoise.Of(200_000));
        await history.PushAsync(PushKind.MoreCommitsThanAnyDepth);
        var target = history.Commit;
        for (var i = 0; i < 4; i++)
        {
            await history.PushAsync(PushKind.MoreCommitsThanAnyDepth);
        }

        var seed = fixture.NewDirectory();
        Assert.True((await fixture.CloneAsync(seed, depth: 0)).Succeeded);

        // As a server does that throws away what no branch reaches.
        await project.GitAsync("push", "-q", "--force", "origin", $"{target}:refs/heads/main");
        await GitCommand.RunAsync(project.Bare, "reflog", "expire", "--expire=now", "--all");
        await GitCommand.RunAsync(project.Bare, "gc", "-q", "--prune=now");
        fixture.Server.ResetCounters();
        var clone = fixture.NewDirectory();
        Assert.True((await fixture.CloneAsync(clone, depth: 0, seed: seed)).Succeeded);

        Assert.InRange(fixture.Server.BytesSent, 1, 20_000);
        Assert.Equal(target, await GitCommand.RunAsync(clone, "rev-parse", "HEAD"));
    }

    private async Task<string> UpdateAsync(string seed, int depth)
    {
        var clone = made.Fixture.NewDirectory();
        var tree = await made.Fixture.CloneAsync(clone, made.History.Branch, depth, seed);
        Assert.True(tree.Succeeded, tree.Failure?.Message);
        await UpdatedClone.CheckAsync(clone, made.History, depth);
        return clone;
    }

    // Oldest first.
    private static List<string> Packs(string git) =>
        [
            .. new DirectoryInfo(Path.Combine(git, "objects", "pack"))
                .GetFiles("*.pack")
                .OrderBy(file => file.LastWriteTimeUtc)
                .Select(file => file.FullName),
        ];

    private static void Delete(string pack)
    {
        File.Delete(pack);
        File.Delete(Path.ChangeExtension(pack, ".idx"));
    }

    // Under a new inode: other clones share the old one.
    private static void Change(string file, Func<byte[], byte[]> change)
    {
        var bytes = change(File.ReadAllBytes(file));
        File.Delete(file);
        File.WriteAllBytes(file, bytes);
    }

    private static void Lines(string file, Func<string[], string[]> change) => File.WriteAllLines(file, change(File.ReadAllLines(file)));
}

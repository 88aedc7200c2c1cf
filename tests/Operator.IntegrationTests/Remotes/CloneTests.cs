using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.Remotes;

[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class CloneTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Only_the_wanted_branch_is_transferred_at_depth_1(bool oldProtocol)
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        var first = await project.CommitAsync("a.txt", "one");
        var commit = await project.CommitAsync("b/c.txt", "two");
        var other = await project.CommitAsync("other.bin", Noise(1_000_000), "other");
        await project.GitAsync("tag", "big");
        await project.GitAsync("push", "-q", "origin", "big");
        fixture.Server.Fault = _ => new GitServer.RequestFault { OldProtocol = oldProtocol };
        fixture.Server.ResetCounters();

        var clone = fixture.NewDirectory();
        var tree = await fixture.CloneAsync(clone);

        Assert.Equal(new FetchedTree("main", commit), tree.Value! with { CommittedAt = null, Size = null });
        Assert.InRange(fixture.Server.BytesSent, 1, 10_000);
        var objects = await GitCommand.RunAsync(clone, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)");
        Assert.DoesNotContain(other, objects, StringComparison.Ordinal);
        Assert.DoesNotContain(first, objects, StringComparison.Ordinal);
        Assert.Equal(
            $"{commit}\n",
            await File.ReadAllTextAsync(Path.Combine(clone, ".git", "shallow"), TestContext.Current.CancellationToken)
        );
        await ClonedTree.SoundAsync(clone, commit);
        Assert.Equal(fixture.Server.UrlOf("project.git"), await GitCommand.RunAsync(clone, "remote", "get-url", "origin"));
        Assert.Equal("+refs/heads/main:refs/remotes/origin/main", await GitCommand.RunAsync(clone, "config", "remote.origin.fetch"));
        Assert.Equal(commit, await GitCommand.RunAsync(clone, "rev-parse", "refs/remotes/origin/main"));
        Assert.Equal("", await GitCommand.RunAsync(clone, "tag"));
    }

    [Theory]
    [InlineData(0, 15)]
    [InlineData(10, 10)]
    [InlineData(30, 15)]
    public async Task As_much_history_comes_as_asked_for(int depth, int commits)
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        var commit = "";
        for (var i = 0; i < 15; i++)
        {
            commit = await project.CommitAsync("a.txt", $"{i}");
        }

        var clone = fixture.NewDirectory();
        Assert.True((await fixture.CloneAsync(clone, depth: depth)).Succeeded);

        Assert.Equal($"{commits}", await GitCommand.RunAsync(clone, "rev-list", "--count", "HEAD"));
        await ClonedTree.SoundAsync(clone, commit);
    }

    [Fact]
    public async Task The_tree_is_what_git_clone_makes_of_it()
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        await File.WriteAllTextAsync(project.Path("run.sh"), "#!/bin/sh\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(project.Path("run.sh"), (UnixFileMode)0b_111_101_101);
        File.CreateSymbolicLink(project.Path("link"), "run.sh");
        File.CreateSymbolicLink(project.Path("away"), "/etc/passwd");
        File.CreateSymbolicLink(project.Path("dangling"), "../../nowhere");
        await File.WriteAllTextAsync(project.Path(".gitattributes"), "*.bat text eol=crlf\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(project.Path("run.bat"), "one\ntwo\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(project.Path("ünïcode 名前 \"q\" \\ \t.txt"), "x", TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(project.Path("deep/er/bytes.bin"), [0, 255, 13, 10, 0], TestContext.Current.CancellationToken);
        var commit = await project.PushAsync("feature/with-slash");

        var clone = fixture.NewDirectory();
        var tree = await fixture.CloneAsync(clone, "feature/with-slash");
        var reference = fixture.NewDirectory();
        await GitCommand.RunAsync(
            "/",
            "clone",
            "-q",
            "--depth",
            "1",
            "--branch",
            "feature/with-slash",
            fixture.Server.UrlOf("project.git"),
            reference
        );

        Assert.Equal(new FetchedTree("feature/with-slash", commit), tree.Value! with { CommittedAt = null, Size = null });
        Assert.Equal(ClonedTree.Listing(reference), ClonedTree.Listing(clone));
        await ClonedTree.SoundAsync(clone, commit);
    }

    [Fact]
    public async Task Keywords_are_expanded_and_files_are_readable_for_the_group()
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        await File.WriteAllTextAsync(project.Path(".gitattributes"), "*.c ident\n", TestContext.Current.CancellationToken);
        var commit = await project.CommitAsync("a.c", "// $Id$\n");

        var clone = fixture.NewDirectory();
        Assert.True((await fixture.CloneAsync(clone)).Succeeded);

        Assert.Equal(
            $"// $Id: {await project.GitAsync("rev-parse", "HEAD:a.c")} $\n",
            await File.ReadAllTextAsync(Path.Combine(clone, "a.c"), TestContext.Current.CancellationToken)
        );
        Assert.True(File.GetUnixFileMode(Path.Combine(clone, "a.c")).HasFlag(UnixFileMode.GroupRead));
        await ClonedTree.SoundAsync(clone, commit);
    }

    [Fact]
    public async Task A_seed_with_one_damaged_file_is_given_up()
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        await project.CommitAsync("big.bin", Noise(100_000));
        var old = fixture.NewDirectory();
        Assert.True((await fixture.CloneAsync(old)).Succeeded);

        // Commit and tree come first in a pack, so the seed looks sound until the file is checked out.
        var pack = Assert.Single(Directory.GetFiles(Path.Combine(old, ".git", "objects", "pack"), "*.pack"));
        var bytes = await File.ReadAllBytesAsync(pack, TestContext.Current.CancellationToken);
        bytes.AsSpan(bytes.Length / 2, 1000).Fill(7);
        File.Delete(pack);
        await File.WriteAllBytesAsync(pack, bytes, TestContext.Current.CancellationToken);

        // What is in the older tree is linked, and not read out of the pack.
        File.Delete(Path.Combine(old, "big.bin"));
        var commit = await project.CommitAsync("a.txt", "one");

        var clone = fixture.NewDirectory();
        var tree = await fixture.CloneAsync(clone, seed: old);

        Assert.True(tree.Succeeded, tree.Failure?.Message);
        await ClonedTree.SoundAsync(clone, commit);
    }

    [Fact]
    public async Task An_update_transfers_the_difference_and_stays_sound()
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        await project.CommitAsync("big.bin", Noise(2_000_000));
        var clone = fixture.NewDirectory();
        Assert.True((await fixture.CloneAsync(clone)).Succeeded);
        for (var i = 0; i < 20; i++)
        {
            var commit = await project.CommitAsync("a.txt", $"{i}");
            fixture.Server.ResetCounters();
            var next = fixture.NewDirectory();
            var tree = await fixture.CloneAsync(next, seed: clone);

            Assert.Equal(new FetchedTree("main", commit), tree.Value! with { CommittedAt = null, Size = null });
            Assert.InRange(fixture.Server.BytesSent, 1, 5_000);
            await ClonedTree.SoundAsync(next, commit);
            Directory.Delete(clone, recursive: true);
            clone = next;
        }

        var same = fixture.NewDirectory();
        Assert.True((await fixture.CloneAsync(same, seed: clone)).Succeeded);
        await GitCommand.RunAsync(same, "fsck", "--strict");
    }

    [Theory]
    [InlineData("a deeper clone on a shallow one", 1, 5)]
    [InlineData("the whole history on a shallow one", 1, 0)]
    [InlineData("a shallow clone on the whole history", 0, 1)]
    [InlineData("a deep clone moving on", 5, 5)]
    public async Task An_update_may_change_the_depth(string name, int before, int after)
    {
        Assert.NotEmpty(name);
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        for (var i = 0; i < 8; i++)
        {
            await project.CommitAsync($"{i}.txt", $"{i}");
        }

        var old = fixture.NewDirectory();
        Assert.True((await fixture.CloneAsync(old, depth: before)).Succeeded);
        var commit = await project.CommitAsync("new.txt", "new");
        var clone = fixture.NewDirectory();
        Assert.True((await fixture.CloneAsync(clone, depth: after, seed: old)).Succeeded);

        Assert.Equal(after == 0 ? "9" : $"{after}", await GitCommand.RunAsync(clone, "rev-list", "--count", "HEAD"));
        await ClonedTree.SoundAsync(clone, commit);
    }

    [Fact]
    public async Task An_update_survives_rewritten_history_and_a_damaged_seed()
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        await project.CommitAsync("a.txt", "one");
        await project.CommitAsync("b.txt", Noise(10_000));
        var old = fixture.NewDirectory();
        Assert.True((await fixture.CloneAsync(old)).Succeeded);
        await project.GitAsync("checkout", "-q", "--orphan", "rewritten");
        var commit = await project.CommitAsync("c.txt", "three");

        var clone = fixture.NewDirectory();
        Assert.True((await fixture.CloneAsync(clone, seed: old)).Succeeded);
        await ClonedTree.SoundAsync(clone, commit);

        foreach (var pack in Directory.GetFiles(Path.Combine(old, ".git", "objects", "pack"), "*.pack"))
        {
            // Overwritten under a new inode: the clone made before shares the old one.
            var bytes = await File.ReadAllBytesAsync(pack, TestContext.Current.CancellationToken);
            bytes.AsSpan(20).Fill(7);
            File.Delete(pack);
            await File.WriteAllBytesAsync(pack, bytes, TestContext.Current.CancellationToken);
        }

        var again = fixture.NewDirectory();
        Assert.True((await fixture.CloneAsync(again, seed: old)).Succeeded);
        await ClonedTree.SoundAsync(again, commit);
    }

    [Theory]
    [InlineData(".git", "(.git)")]
    [InlineData(".GIT", "(.GIT)")]
    [InlineData("git~1", "(git~1)")]
    [InlineData(".g\u200cit", "(.g\\u200cit)")]
    [InlineData("..", "(..)")]
    public async Task Paths_that_could_escape_are_refused(string name, string shown)
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        await File.WriteAllTextAsync(project.Path("a.txt"), "pwned", TestContext.Current.CancellationToken);
        var blob = await project.GitAsync("hash-object", "-w", "a.txt");
        var inner = await TreeAsync(project, "100644", blob, "config");
        var outer = await TreeAsync(project, "40000", inner, name);
        var commit = await project.GitAsync("commit-tree", "-m", "hostile", outer);
        await project.GitAsync("push", "-q", "origin", $"{commit}:refs/heads/main");

        var clone = fixture.NewDirectory();
        var tree = await fixture.CloneAsync(clone);

        Assert.True(tree.Failure?.Reason == Reasons.Unsupported, tree.Failure?.Message);
        Assert.Contains(shown, tree.Failure?.Message, StringComparison.Ordinal);
        Assert.Contains("remove or rename it", tree.Failure?.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(
            "pwned",
            await File.ReadAllTextAsync(Path.Combine(clone, ".git", "config"), TestContext.Current.CancellationToken),
            StringComparison.Ordinal
        );
    }

    // git mktree refuses such names; a tree object is "mode name NUL hash".
    private static async Task<string> TreeAsync(GitProject project, string mode, string hash, string name)
    {
        var file = project.Path("tree.raw");
        await File.WriteAllBytesAsync(file, [.. System.Text.Encoding.UTF8.GetBytes($"{mode} {name}\0"), .. Convert.FromHexString(hash)]);
        return await project.GitAsync("hash-object", "-t", "tree", "-w", "--literally", "tree.raw");
    }

#pragma warning disable CA5394 // Noise that does not compress, the same each time; no secret.
    private static string Noise(int length) =>
        string.Concat(Enumerable.Range(0, length).Select(new Func<int, char>(new NoiseSource().Next)));

    private sealed class NoiseSource
    {
        private readonly Random _random = new(7);

        public char Next(int position) => position % 100 == 99 ? '\n' : (char)_random.Next(33, 126);
    }
#pragma warning restore CA5394
}

using System.Text;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.Cloning.Healing;

/// <summary>What a git worker finds when it reads a clone whole.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class CloneCheckTests(CloneCheckTests.OddClone shared) : IClassFixture<CloneCheckTests.OddClone>
{
    private const int Fast = 1_000_000_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, Func<string, Task>> Damages =>
        new()
        {
            { "Pack", "a bit of a pack flipped", clone => Done(() => Flip(Pack(clone), 1000)) },
            { "Pack", "a bit of a pack's header flipped", clone => Done(() => Flip(Pack(clone), 0)) },
            { "Pack", "a bit of a pack's checksum flipped", clone => Done(() => Flip(Pack(clone), -1)) },
            { "Pack", "a pack cut short", clone => Done(() => Cut(Pack(clone), 1000)) },
            { "Pack", "a pack emptied", clone => Done(() => Cut(Pack(clone), 0)) },
            { "Pack", "a bit of a pack's index flipped", clone => Done(() => Flip(Path.ChangeExtension(Pack(clone), ".idx"), 1100)) },
            { "Pack", "a pack's index gone", clone => Done(() => File.Delete(Path.ChangeExtension(Pack(clone), ".idx"))) },
            {
                "Pack",
                "the index of another pack",
                clone =>
                    Done(() =>
                        File.Copy(Path.ChangeExtension(Pack(clone, 1), ".idx"), Path.ChangeExtension(Pack(clone), ".idx"), overwrite: true)
                    )
            },
            {
                "Pack",
                "no directory for packs",
                clone => Done(() => Directory.Delete(Path.GetDirectoryName(Pack(clone))!, recursive: true))
            },
            {
                "Commit",
                "all packs gone",
                clone => Done(() => Array.ForEach(Directory.GetFiles(Path.GetDirectoryName(Pack(clone))!), File.Delete))
            },
            {
                "Commit",
                "the pack of the commit gone",
                clone =>
                    Done(() =>
                        Array.ForEach(
                            Directory.GetFiles(Path.GetDirectoryName(Pack(clone))!, Path.GetFileNameWithoutExtension(Pack(clone)) + ".*"),
                            File.Delete
                        )
                    )
            },
            { "GitDirectory", "a FIFO in place of the configuration", clone => Done(() => PutFifo(Path.Combine(clone, ".git/config"))) },
            { "GitDirectory", "a FIFO beside the refs", clone => Done(() => PutFifo(Path.Combine(clone, ".git/refs/heads/other"))) },
            { "GitDirectory", "a link in place of HEAD", clone => Done(() => Link(Path.Combine(clone, ".git/HEAD"), "/dev/zero")) },
            { "Index", "a bit of the index flipped", clone => Done(() => Flip(Path.Combine(clone, ".git/index"), 20)) },
            { "Index", "the index cut short", clone => Done(() => Cut(Path.Combine(clone, ".git/index"), 200)) },
            { "Index", "the index gone", clone => Done(() => File.Delete(Path.Combine(clone, ".git/index"))) },
            { "Index", "a file taken off the index", clone => GitCommand.RunAsync(clone, "rm", "-q", "--cached", "src/run.sh") },
            { "Index", "an index in two parts", clone => GitCommand.RunAsync(clone, "update-index", "--split-index") },
            { "Tree", "a file gone", clone => Done(() => File.Delete(Path.Combine(clone, "src/deep/er/file.txt"))) },
            { "Tree", "a directory gone", clone => Done(() => Directory.Delete(Path.Combine(clone, "src/deep"), recursive: true)) },
            {
                "Tree",
                "a bit of a file flipped, its times kept",
                clone => Done(() => Keeping(Path.Combine(clone, "big.bin"), file => Flip(file, 2_999_999)))
            },
            {
                "Tree",
                "a letter of a file with converted line ends changed",
                clone => File.WriteAllTextAsync(Path.Combine(clone, "dos.bat"), "echo one\r\necho twO\r\n", Token)
            },
            {
                "Tree",
                "a file with converted line ends cut short",
                clone => File.WriteAllTextAsync(Path.Combine(clone, "dos.bat"), "echo one\r\n", Token)
            },
            {
                "Tree",
                "a letter of a file with another encoding changed",
                clone => File.WriteAllTextAsync(Path.Combine(clone, "wide.utf16"), "wide\nÄ\n", Encoding.Unicode, Token)
            },
            {
                "Tree",
                "a keyword expanded to the name of another blob",
                clone => File.WriteAllTextAsync(Path.Combine(clone, "expand.id"), $"$Id: {new string('1', 40)} $\n", Token)
            },
            { "Tree", "a file longer", clone => File.AppendAllTextAsync(Path.Combine(clone, "src/empty.txt"), "x", Token) },
            {
                "Tree",
                "a file not executable any more",
                clone => Done(() => File.SetUnixFileMode(Path.Combine(clone, "src/run.sh"), (UnixFileMode)0b_110_100_100))
            },
            {
                "Tree",
                "a file executable",
                clone => Done(() => File.SetUnixFileMode(Path.Combine(clone, "lines.unix"), (UnixFileMode)0b_111_101_101))
            },
            { "Tree", "a link that leads elsewhere", clone => Done(() => Link(Path.Combine(clone, "link"), "src/run.sh2")) },
            { "Tree", "a file in place of a link", clone => Done(() => Replace(Path.Combine(clone, "link"), "src/run.sh")) },
            { "Tree", "a link in place of a file", clone => Done(() => Link(Path.Combine(clone, "src/run.sh"), "#!/bin/sh\n")) },
            {
                "Tree",
                "a directory in place of a file",
                clone =>
                    Done(() =>
                    {
                        File.Delete(Path.Combine(clone, "-rf"));
                        Directory.CreateDirectory(Path.Combine(clone, "-rf"));
                    })
            },
            { "Tree", "a foreign file", clone => File.WriteAllTextAsync(Path.Combine(clone, "notes"), "", Token) },
            { "Tree", "a foreign file deep in", clone => File.WriteAllTextAsync(Path.Combine(clone, "src/deep/er/.hidden"), "", Token) },
            { "Tree", "a foreign link", clone => Done(() => File.CreateSymbolicLink(Path.Combine(clone, "src/to"), "/")) },
            {
                "Tree",
                "a file in a submodule's directory",
                clone => File.WriteAllTextAsync(Path.Combine(clone, OddProject.Submodule, "x"), "", Token)
            },
        };

    [Theory]
    [MemberData(nameof(Damages), DisableDiscoveryEnumeration = true)]
    public async Task Damage_is_found_and_named(string damage, string what, Func<string, Task> harm)
    {
        var clone = await shared.CopyAsync();
        await harm(clone);

        var result = await shared.CheckAsync(clone);

        Assert.True(result.Succeeded, result.Failure?.Message);
        Assert.True(result.Value.Finding is not null, $"not found: {what}");
        Assert.True(damage == result.Value.Finding.Damage.ToString(), $"{what}: {result.Value.Finding}");
    }

    public static TheoryData<string, Func<string, Task>> Changes =>
        new()
        {
            { "nothing", _ => Task.CompletedTask },
            {
                "new times, as after a restore",
                clone => Done(() => File.SetLastWriteTimeUtc(Path.Combine(clone, "src/run.sh"), DateTime.UnixEpoch))
            },
            { "an empty directory", clone => Done(() => Directory.CreateDirectory(Path.Combine(clone, "src/new/er"))) },
            { "a submodule's directory gone", clone => Done(() => Directory.Delete(Path.Combine(clone, "sub"), recursive: true)) },
            { "git status", clone => GitCommand.RunAsync(clone, "status") },
            { "git gc", clone => GitCommand.RunAsync(clone, "gc", "-q") },
            { "git pack-refs", clone => GitCommand.RunAsync(clone, "pack-refs", "--all") },
            { "an index of version 4", clone => GitCommand.RunAsync(clone, "update-index", "--index-version", "4") },
            {
                "line ends converted after all",
                clone => File.WriteAllTextAsync(Path.Combine(clone, "lines.unix"), "one\r\ntwo\r\n", Token)
            },
            { "a keyword as it was committed", clone => File.WriteAllTextAsync(Path.Combine(clone, "expand.id"), "$Id$\n", Token) },
            {
                "files readable for the group",
                clone => Done(() => File.SetUnixFileMode(Path.Combine(clone, "-rf"), (UnixFileMode)0b_110_110_100))
            },
        };

    [Theory]
    [MemberData(nameof(Changes), DisableDiscoveryEnumeration = true)]
    public async Task What_is_whole_is_found_whole(string what, Func<string, Task> change)
    {
        var clone = await shared.CopyAsync();
        await change(clone);

        var result = await shared.CheckAsync(clone);

        Assert.True(result.Succeeded, result.Failure?.Message);
        Assert.True(result.Value.Finding is null, $"{what}: {result.Value.Finding}");
        Assert.True(result.Value.Bytes > 6_000_000, $"{what}: read {result.Value.Bytes} bytes only");
    }

    [Fact]
    public async Task Names_that_are_no_text_are_compared_too()
    {
        var clone = await shared.CloneAsync("names.git", async project =>
        {
            await File.WriteAllTextAsync(project.Path("plain"), "", Token);
            await ShellAsync(
                project.Path(""),
                "printf one > $(printf 'caf\\351') && d=$(printf 'd\\351') && mkdir $d && printf two > $d/two"
            );
        });
        try
        {
            Assert.Null((await shared.CheckAsync(clone)).Value?.Finding);

            await ShellAsync(clone, "printf two > $(printf 'caf\\351')");
            Assert.Equal(CloneDamage.Tree, (await shared.CheckAsync(clone)).Value?.Finding?.Damage);
        }
        finally
        {
            // .NET can't delete what it can't name.
            await ShellAsync(clone, "rm -rf caf* d*");
            await ShellAsync(shared.Work("names.git"), "rm -rf caf* d*");
        }
    }

    [Fact]
    public async Task A_clone_that_is_not_there_is_no_finding_of_a_tree()
    {
        var result = await shared.CheckAsync("/nonexistent");

        Assert.Equal(CloneDamage.Pack, result.Value?.Finding?.Damage);
    }

    [Fact]
    public async Task A_check_reads_at_the_pace_that_it_was_given_and_ends_when_reported_to()
    {
        var clone = await shared.CopyAsync();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var slow = shared.CheckAsync(clone, bytesPerSecond: 65_536, ended.Token);
        await Task.WhenAny(slow, shared.CheckAsync(clone));
        Assert.False(slow.IsCompleted);

        await ended.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => slow);
    }

    private static Task Done(Action act)
    {
        act();
        return Task.CompletedTask;
    }

    private static string Pack(string clone, int position = 0) =>
        Directory
            .GetFiles(Path.Combine(clone, ".git/objects/pack"), "*.pack")
            .OrderByDescending(file => new FileInfo(file).Length)
            .ElementAt(position);

    private static void Flip(string file, int position) => Damage.Flip(file, position);

    private static void Cut(string file, int length) => Damage.Cut(file, length);

    private static void Keeping(string file, Action<string> change)
    {
        var times = File.GetLastWriteTimeUtc(file);
        change(file);
        File.SetLastWriteTimeUtc(file, times);
    }

    private static void PutFifo(string path)
    {
        File.Delete(path);
        Fifo.Make(path);
    }

    private static void Link(string path, string target)
    {
        File.Delete(path);
        File.CreateSymbolicLink(path, target);
    }

    private static void Replace(string path, string content)
    {
        File.Delete(path);
        File.WriteAllText(path, content);
    }

    private static async Task ShellAsync(string directory, string script)
    {
        var outcome = await ProcessRunner.RunAsync(
            "sh",
            ["-ec", $"cd \"$0\"; {script}", directory],
            new Dictionary<string, string>(),
            "",
            Token
        );
        Assert.True(outcome.ExitCode == 0, outcome.Error);
    }

    /// <summary>One clone with two packs, made once and copied for each test.</summary>
    public sealed class OddClone : IAsyncLifetime
    {
        private RemoteFixture _fixture = null!;
        private string _clone = null!;

        public async ValueTask InitializeAsync()
        {
            _fixture = await RemoteFixture.StartAsync();
            var project = await _fixture.ProjectAsync();
            await OddProject.FillAsync(project, Token);
            var first = _fixture.NewDirectory();
            Assert.True((await _fixture.CloneAsync(first)).Succeeded);
            await project.CommitAsync("second.txt", "second\n");
            _clone = _fixture.NewDirectory();
            Assert.True((await _fixture.CloneAsync(_clone, seed: first)).Succeeded);
            Assert.Equal(2, Directory.GetFiles(Path.Combine(_clone, ".git/objects/pack"), "*.pack").Length);
        }

        public ValueTask DisposeAsync() => _fixture.DisposeAsync();

        internal string Work(string name) => Path.Combine(_fixture.Root, name + ".work");

        internal async Task<string> CopyAsync()
        {
            var copy = _fixture.NewDirectory();
            await ShellAsync(copy, $"cp -a '{_clone}/.' .");
            return copy;
        }

        internal async Task<string> CloneAsync(string name, Func<GitProject, Task> fill)
        {
            var project = await _fixture.ProjectAsync(name);
            await fill(project);
            await project.PushAsync();
            var clone = _fixture.NewDirectory();
            var made = await _fixture.Remote.CloneAsync(new CloneOrder(_fixture.Url(name), new RemoteHead("main", ""), 1, clone), Token);
            Assert.True(made.Succeeded, made.Failure?.Message);
            return clone;
        }

        internal async Task<Attempt<CheckResult>> CheckAsync(string clone, int bytesPerSecond = Fast, CancellationToken? token = null)
        {
            // Not by git where it can be helped: it waits for a FIFO for ever.
            var (head, branch) = (Path.Combine(clone, ".git/HEAD"), Path.Combine(clone, ".git/refs/remotes/origin/main"));
            var commit =
                File.Exists(branch) ? (await File.ReadAllTextAsync(branch, Token)).Trim()
                : File.Exists(head) ? await GitCommand.RunAsync(clone, "rev-parse", "origin/main")
                : new string('1', 40);
            return await _fixture.Worker.CheckAsync(new CheckOrder(clone, commit, bytesPerSecond), token ?? Token);
        }
    }
}

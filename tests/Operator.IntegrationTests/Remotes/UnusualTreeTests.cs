using System.Globalization;
using System.Text;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.Remotes;

/// <summary>Trees as no git of today writes them. What git takes is cloned and found whole; what git refuses is refused.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
[Trait("Category", "Slow")]
public sealed class UnusualTreeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("100664")]
    [InlineData("100600")]
    [InlineData("100640")]
    [InlineData("100775")]
    [InlineData("100444")]
    [InlineData("100111")]
    [InlineData("0100644")]
    [InlineData("00000100755")]
    [InlineData("1100644")]
    [InlineData("120777")]
    [InlineData("120644")]
    [InlineData("0120000")]
    [InlineData("160755")]
    [InlineData("0")]
    [InlineData("644")]
    [InlineData("40755")]
    [InlineData("040000")]
    public async Task A_mode_that_git_takes_is_cloned_as_git_does_and_found_whole(string mode)
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        var blob = await BlobAsync(project, "target");
        var isDirectory = (Convert.ToInt32(mode, 8) & 0xF000) == 0x4000;
        var entry = isDirectory ? await TreeAsync(project, ("100664", "inner"u8.ToArray(), blob)) : blob;
        await PushTreeAsync(project, await TreeAsync(project, (mode, "entry"u8.ToArray(), entry), ("100644", "plain"u8.ToArray(), blob)));

        var clone = await CloneAndCheckAsync(fixture);

        await GitCommand.RunAsync(
            project.Path(""),
            "read-tree",
            await GitCommand.RunAsync(project.Path(""), "rev-parse", "origin/main^{tree}")
        );
        Assert.Equal(await project.GitAsync("ls-files", "-s"), await GitCommand.RunAsync(clone, "ls-files", "-s"));
    }

    [Fact]
    public async Task A_link_whose_target_holds_NUL_leads_where_git_lets_it_lead()
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        await PushTreeAsync(
            project,
            await TreeAsync(project, ("120000", "link"u8.ToArray(), await BlobAsync(project, "there\0not there")))
        );

        var clone = await CloneAndCheckAsync(fixture);
        Assert.Equal("there", new FileInfo(Path.Combine(clone, "link")).LinkTarget);

        File.Delete(Path.Combine(clone, "link"));
        File.CreateSymbolicLink(Path.Combine(clone, "link"), "ther");
        Assert.Equal(CloneDamage.Tree, (await CheckAsync(fixture, clone)).Value?.Finding?.Damage);
    }

    [Theory]
    [InlineData(4081)]
    [InlineData(4095)]
    public async Task A_path_as_long_as_git_can_make_it_is_read_wherever_the_clone_is(int length)
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        var name = new string('d', 200);
        var levels = length / (name.Length + 1);
        var file = new string('f', length - (levels * (name.Length + 1)));
        var tree = await TreeAsync(project, ("100644", Encoding.ASCII.GetBytes(file), await BlobAsync(project, "deep")));
        for (var level = 0; level < levels; level++)
        {
            tree = await TreeAsync(project, ("40000", Encoding.ASCII.GetBytes(name), tree));
        }

        await PushTreeAsync(project, tree);
        var clone = fixture.NewDirectory();
        try
        {
            var made = await fixture.CloneAsync(clone);
            Assert.True(made.Succeeded, made.Failure?.Message);
            var result = await CheckAsync(fixture, clone);
            Assert.True(result.Succeeded, result.Failure?.Message);
            Assert.Null(result.Value.Finding);

            // A foreign file beside it is found, too.
            await ShellAsync(clone, $"cd '{string.Join("' && cd '", Enumerable.Repeat(name, levels))}' && echo x > y");
            var foreign = await CheckAsync(fixture, clone);
            Assert.Equal($"{name}…: not in the commit", foreign.Value?.Finding?.Detail);
        }
        finally
        {
            await ShellAsync(clone, "rm -rf d*");
        }
    }

    // What no server of git's would send is in TreeListingTests.
    [Theory]
    [InlineData("an empty link", "(entry: its target is empty)")]
    [InlineData("a link whose target begins with NUL", "(entry: its target is empty)")]
    [InlineData("a submodule of the null object", "(entry, which names the null object)")]
    public async Task What_git_can_t_check_out_is_unsupported(string what, string shown)
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        var none = new string('0', 40);
        var name = "entry"u8.ToArray();
        var tree = what switch
        {
            "an empty link" => await TreeAsync(project, ("120000", name, await BlobAsync(project, ""))),
            "a link whose target begins with NUL" => await TreeAsync(project, ("120000", name, await BlobAsync(project, "\0x"))),
            _ => await TreeAsync(project, ("160000", name, none)),
        };

        await AssertRefusedAsync(fixture, project, tree, shown);
    }

    [Theory]
    [InlineData(".gitmodules")]
    [InlineData(".GitModules")]
    [InlineData("gitmod~1")]
    [InlineData("GITMOD~4 .")]
    [InlineData("gi7eba~1")]
    [InlineData("gi7e~123")]
    [InlineData(".gitmodules .")]
    [InlineData(".gitmodules:x")]
    [InlineData("a\\.gitmodules")]
    [InlineData(".git\u200cmodules")]
    public async Task A_link_that_some_system_takes_for_gitmodules_is_refused_as_git_does(string name)
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        var tree = await TreeAsync(project, ("120000", Encoding.UTF8.GetBytes(name), await BlobAsync(project, "elsewhere")));
        var git = await ProcessRunner.RunAsync(
            "git",
            ["-C", project.Path(""), "-c", "core.protectNTFS=true", "-c", "core.protectHFS=true", "read-tree", tree],
            new Dictionary<string, string> { ["GIT_CONFIG_GLOBAL"] = "/dev/null" },
            "",
            Token
        );
        Assert.Contains("invalid path", git.Error, StringComparison.Ordinal);

        await AssertRefusedAsync(fixture, project, tree, ", a symbolic link)");
    }

    [Theory]
    [InlineData("100644", ".gitmodules")]
    [InlineData("120000", ".gitattributes")]
    [InlineData("120000", ".gitignore")]
    [InlineData("120000", ".mailmap")]
    [InlineData("120000", ".gitmodules.x")]
    [InlineData("120000", "gitmod~5")]
    [InlineData("120000", "gi7ebaa~1")]
    [InlineData("120000", "gi7eba~0")]
    public async Task What_git_only_warns_of_is_cloned(string mode, string name)
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        await PushTreeAsync(project, await TreeAsync(project, (mode, Encoding.UTF8.GetBytes(name), await BlobAsync(project, "elsewhere"))));

        await CloneAndCheckAsync(fixture);
    }

    [Fact]
    public async Task Paths_that_do_not_fit_into_the_memory_of_a_clone_are_too_large()
    {
        await using var fixture = await RemoteFixture.StartAsync(
            options: new GitOptions { PermittedNetworks = ["127.0.0.0/8"], MaxCloneMemory = 256_000_000 }
        );
        var project = await fixture.ProjectAsync();
        var blob = await BlobAsync(project, "x");

        // 10,000 files below a path of 3,600 bytes: a pack of a few kilobytes, and 36 MB of paths.
        var tree = await TreeAsync(
            project,
            [
                .. Enumerable
                    .Range(0, 10_000)
                    .Select(i => ("100644", Encoding.ASCII.GetBytes(i.ToString("D5", CultureInfo.InvariantCulture)), blob)),
            ]
        );
        for (var level = 0; level < 18; level++)
        {
            tree = await TreeAsync(project, ("40000", Encoding.ASCII.GetBytes(new string('d', 199)), tree));
        }

        await PushTreeAsync(project, tree);

        var made = await fixture.CloneAsync(fixture.NewDirectory());

        Assert.True(made.Failure?.Reason == Reasons.TooLarge, made.Failure?.Message ?? "cloned");
        Assert.Contains("Git:MaxCloneMemory", made.Failure!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_an_older_version_published_and_this_one_refuses_is_not_called_damaged()
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        await project.CommitAsync("plain", "plain");
        var clone = fixture.NewDirectory();
        Assert.True((await fixture.CloneAsync(clone)).Succeeded);
        File.CreateSymbolicLink(Path.Combine(clone, "x"), "plain");
        var target = await BlobAsync(project, "plain");
        var tree = await TreeAsync(project, ("120000", ".gitmodules"u8.ToArray(), target));
        var commit = await PushTreeAsync(project, tree);
        await GitCommand.RunAsync(clone, "fetch", "-q", "--keep");

        var result = await fixture.Worker.CheckAsync(new CheckOrder(clone, commit, 1_000_000_000), Token);

        Assert.Equal(Reasons.VerificationUnsupported, result.Failure?.Reason);
        Assert.DoesNotContain(clone, result.Failure!.Message, StringComparison.Ordinal);
    }

    private static async Task AssertRefusedAsync(RemoteFixture fixture, GitProject project, string tree, string shown)
    {
        await PushTreeAsync(project, tree);
        var clone = fixture.NewDirectory();

        var made = await fixture.CloneAsync(clone);

        Assert.True(made.Failure?.Reason == Reasons.Unsupported, made.Failure?.ToString() ?? "cloned");
        Assert.Contains(shown, made.Failure!.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(fixture.Root, made.Failure.Message, StringComparison.Ordinal);
    }

    private static async Task<string> CloneAndCheckAsync(RemoteFixture fixture)
    {
        var clone = fixture.NewDirectory();
        var made = await fixture.CloneAsync(clone);
        Assert.True(made.Succeeded, made.Failure?.Message);

        // An index that is younger by seconds has git believe the times in it, and not read a link again, as this would find its NUL.
        File.SetLastWriteTimeUtc(Path.Combine(clone, ".git", "index"), TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(5));
        Assert.Equal("", await GitCommand.RunAsync(clone, "status", "--porcelain"));

        var result = await CheckAsync(fixture, clone);

        Assert.True(result.Succeeded, result.Failure?.Message);
        Assert.True(result.Value.Finding is null, $"{result.Value.Finding}");
        return clone;
    }

    private static async Task<Attempt<CheckResult>> CheckAsync(RemoteFixture fixture, string clone) =>
        await fixture.Worker.CheckAsync(
            new CheckOrder(clone, await GitCommand.RunAsync(clone, "rev-parse", "origin/main"), 1_000_000_000),
            Token
        );

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

    private static async Task<string> BlobAsync(GitProject project, string content)
    {
        await File.WriteAllTextAsync(project.Path("blob.raw"), content, Token);
        return await project.GitAsync("hash-object", "-w", "--no-filters", "blob.raw");
    }

    private static async Task<string> TreeAsync(GitProject project, params (string Mode, byte[] Name, string Hash)[] entries)
    {
        var raw = entries.SelectMany(entry =>
            Encoding.ASCII.GetBytes($"{entry.Mode} ").Concat(entry.Name).Append((byte)0).Concat(Convert.FromHexString(entry.Hash))
        );
        await File.WriteAllBytesAsync(project.Path("tree.raw"), [.. raw], Token);
        return await project.GitAsync("hash-object", "-t", "tree", "-w", "--literally", "tree.raw");
    }

    /// <summary>Puts the commit into the bare repository directly: a push reads trees, which some of these are not.</summary>
    private static async Task<string> PushTreeAsync(GitProject project, string tree)
    {
        var commit = $"tree {tree}\nauthor T <t@example.com> 1 +0000\ncommitter T <t@example.com> 1 +0000\n\nx\n";
        await File.WriteAllTextAsync(project.Path("commit.raw"), commit, Token);
        await ShellAsync(project.Path(""), $"cp -r .git/objects/. '{project.Bare}/objects/'");
        var id = await GitCommand.RunAsync(project.Bare, "hash-object", "-t", "commit", "-w", "--literally", project.Path("commit.raw"));
        await ShellAsync(project.Bare, $"mkdir -p refs/heads && echo {id} > refs/heads/main");
        await ShellAsync(
            project.Path(""),
            $"cp -r '{project.Bare}/objects/.' .git/objects/ && mkdir -p .git/refs/remotes/origin && echo {id} > "
                + ".git/refs/remotes/origin/main"
        );
        return id;
    }
}

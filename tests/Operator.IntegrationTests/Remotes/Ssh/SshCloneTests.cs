using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.Remotes.Ssh;

/// <summary>Polls, clones and updates over SSH: what comes is what comes over HTTP.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
[Collection(nameof(SshRemotes))]
[Trait("Category", "Slow")]
public sealed class SshCloneTests(SshRemote remote)
{
    public static TheoryData<string, string> Keys
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (var kind in SshRemote.Kinds)
            {
                cases.Add(kind, SshRemote.Version2);
                cases.Add(kind, SshRemote.Version0);
                cases.Add($"{kind} encrypted", SshRemote.Version2);
                cases.Add($"{kind} encrypted", SshRemote.Version0);
            }

            cases.Add("ecdsa PEM encrypted", SshRemote.Version2);
            cases.Add("rsa PEM encrypted", SshRemote.Version2);
            cases.Add("ecdsa PKCS8 encrypted", SshRemote.Version2);
            cases.Add("rsa PKCS8 encrypted", SshRemote.Version2);
            return cases;
        }
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Keys))]
    public async Task Every_kind_of_key_opens_the_way(string key, string version)
    {
        var name = $"{key}-{version}.git".Replace(' ', '-');
        var commit = await (await remote.ProjectAsync(name)).CommitAsync("a.txt", key);
        var url = remote.Url(version, name);
        var clone = remote.NewDirectory();

        Assert.Equal(new RemoteHead("main", commit, IsDefault: true), (await remote.PollAsync(url, remote.Credentials(key))).Value);
        var tree = await remote.CloneAsync(url, clone, credentials: remote.Credentials(key));

        Assert.True(tree.Succeeded, tree.Failure?.Message);
        Assert.Equal(new FetchedTree("main", commit), tree.Value! with { CommittedAt = null, Size = null });
        await ClonedTree.SoundAsync(clone, commit);
        Assert.Equal(url.ToString(), await GitCommand.RunAsync(clone, "remote", "get-url", "origin"));
        Assert.Equal(
            version == SshRemote.Version2,
            (await File.ReadAllTextAsync(remote.Trace(version), Token)).Contains("> version 2", StringComparison.Ordinal)
        );
    }

    /// <summary>Google Cloud Source has users with an @.</summary>
    [Fact]
    public async Task A_server_that_never_responds_a_request_for_a_variable_is_cloned_from_whoever_logs_in()
    {
        await using var gogs = await GogsSshServer.StartAsync(remote.HostKey("ecdsa").Path, Token);
        var commit = await (await remote.ProjectAsync("gogs.git")).CommitAsync("a.txt", "a");
        var credentials = remote.Credentials(knownHosts: SshRemote.Line(gogs.Port, remote.HostKey("ecdsa").Public));
        foreach (
            var start in new[]
            {
                $"ssh://127.0.0.1:{gogs.Port}",
                $"ssh://joe@example.com@127.0.0.1:{gogs.Port}",
                $"joe@example.com@[127.0.0.1:{gogs.Port}]:",
            }
        )
        {
            var (url, clone) = (GitUrl.Parse($"{start}{remote.Root}/gogs.git").Value!, remote.NewDirectory());
            Assert.Equal(new RemoteHead("main", commit, IsDefault: true), (await remote.PollAsync(url, credentials)).Value);
            var tree = await remote.CloneAsync(url, clone, credentials: credentials);

            Assert.True(tree.Succeeded, tree.Failure?.Message);
            await ClonedTree.SoundAsync(clone, commit);
            Assert.Equal(url.ToString(), await GitCommand.RunAsync(clone, "config", "remote.origin.url"));
        }

        var stranger = GitUrl.Parse($"ssh://joe@127.0.0.1:{gogs.Port}{remote.Root}/gogs.git").Value!;
        Assert.Equal(Reasons.AuthenticationFailed, (await remote.PollAsync(stranger, credentials)).Failure?.Reason);
    }

    [Theory]
    [InlineData(SshRemote.Version2, 1, "1")]
    [InlineData(SshRemote.Version2, 0, "6")]
    [InlineData(SshRemote.Version0, 1, "1")]
    [InlineData(SshRemote.Version0, 0, "6")]
    public async Task A_clone_has_the_history_asked_for_and_an_update_transfers_the_difference(string version, int depth, string before)
    {
        var name = $"update-{version}-{depth}.git".Replace(' ', '-');
        var project = await remote.ProjectAsync(name);
        for (var i = 0; i < 5; i++)
        {
            await project.CommitAsync("a.txt", $"{i}");
        }

        await File.WriteAllBytesAsync(
            project.Path("noise.bin"),
            System.Security.Cryptography.RandomNumberGenerator.GetBytes(3_000_000),
            Token
        );
        await project.PushAsync();
        await project.CommitAsync("other.txt", "other", "other");
        await project.GitAsync("reset", "-q", "--hard", "HEAD~1");
        var old = remote.NewDirectory();
        Assert.True((await remote.CloneAsync(remote.Url(version, name), old, depth)).Succeeded);
        Assert.Equal(before, await GitCommand.RunAsync(old, "rev-list", "--count", "HEAD"));
        var commit = await project.CommitAsync("a.txt", "new");
        var clone = remote.NewDirectory();

        var tree = await remote.CloneAsync(remote.Url(version, name), clone, depth, seed: old);

        Assert.Equal(new FetchedTree("main", commit), tree.Value! with { CommittedAt = null, Size = null });
        Assert.InRange(Packs(clone).Except(Packs(old)).Sum(pack => pack.Length), 1, 5_000);
        await ClonedTree.SoundAsync(clone, commit);
    }

    [Fact]
    public async Task A_damaged_seed_is_given_up()
    {
        var project = await remote.ProjectAsync("damaged.git");
        await project.CommitAsync("big.txt", string.Concat(Enumerable.Range(0, 5000).Select(i => $"{i * 7919 % 5003:x}\n")));
        var old = remote.NewDirectory();
        Assert.True((await remote.CloneAsync(remote.Url(name: "damaged.git"), old)).Succeeded);

        // The server is reported of a commit that it knows, and what it builds on is not here.
        File.Delete(Path.Combine(old, "big.txt"));
        var pack = Assert.Single(Directory.GetFiles(Path.Combine(old, ".git", "objects", "pack"), "*.pack"));
        var bytes = await File.ReadAllBytesAsync(pack, Token);
        bytes.AsSpan(bytes.Length / 2, 1000).Fill(7);
        File.Delete(pack);
        await File.WriteAllBytesAsync(pack, bytes, Token);
        var commit = await project.CommitAsync("a.txt", "one");
        var clone = remote.NewDirectory();

        var tree = await remote.CloneAsync(remote.Url(name: "damaged.git"), clone, seed: old);

        Assert.True(tree.Succeeded, tree.Failure?.Message);
        await ClonedTree.SoundAsync(clone, commit);
    }

    [Theory]
    [InlineData(SshRemote.Version2)]
    [InlineData(SshRemote.Version0)]
    public async Task A_branch_is_found_or_said_to_be_missing(string version)
    {
        var name = $"branch-{version}.git".Replace(' ', '-');
        var project = await remote.ProjectAsync(name);
        await project.CommitAsync("a.txt", "one");
        var commit = await project.CommitAsync("a.txt", "two", "trunk/é");

        Assert.Equal(new RemoteHead("trunk/é", commit), (await remote.PollAsync(remote.Url(version, name), branch: "trunk/é")).Value);
        Assert.Equal(Reasons.BranchNotFound, (await remote.PollAsync(remote.Url(version, name), branch: "gone")).Failure?.Reason);
    }

    [Theory]
    [InlineData(SshRemote.Version2)]
    [InlineData(SshRemote.Version0)]
    public async Task A_repository_without_a_commit_is_said_to_be_empty(string version)
    {
        var name = $"empty-{version}.git".Replace(' ', '-');
        await remote.ProjectAsync(name);

        Assert.Equal(Reasons.EmptyRepository, (await remote.PollAsync(remote.Url(version, name))).Failure?.Reason);
        Assert.Equal(Reasons.EmptyRepository, (await remote.CloneAsync(remote.Url(version, name), remote.NewDirectory())).Failure?.Reason);
    }

    [Theory]
    [InlineData("it's; $(touch pwned) `touch pwned` & \"x\" !y.git")]
    [InlineData("é.git")]
    public async Task A_path_may_hold_what_a_shell_would_act_on(string name)
    {
        var commit = await (await remote.ProjectAsync(name)).CommitAsync("a.txt", "one");

        var head = await remote.PollAsync(remote.Url(name: name.Replace(" ", "%20", StringComparison.Ordinal)));

        Assert.True(head.Succeeded, head.Failure?.Message);
        Assert.Equal(commit, head.Value.Commit);
    }

    private static HashSet<(string Name, long Length)> Packs(string clone) =>
        [.. new DirectoryInfo(Path.Combine(clone, ".git", "objects", "pack")).GetFiles("*.pack").Select(file => (file.Name, file.Length))];
}

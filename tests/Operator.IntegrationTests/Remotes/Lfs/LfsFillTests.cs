using System.Security.Cryptography;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.Remotes.Lfs;

/// <summary>Files of Git LFS in a tree, beside what Git LFS itself makes of them, from the server of its own tests.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class LfsFillTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_tree_has_the_files_just_as_git_lfs_fetches_them()
    {
        await using var fixture = await LfsFixture.StartAsync();
        var project = fixture.Project;
        await File.WriteAllBytesAsync(project.Path("large.bin"), RandomNumberGenerator.GetBytes(3_000_000), Token);
        await File.WriteAllTextAsync(project.Path("in/a directory/ä.bin"), "small", Token);
        await File.WriteAllTextAsync(project.Path("again.bin"), "small", Token);
        await File.WriteAllTextAsync(project.Path("empty.bin"), "", Token);
        await File.WriteAllTextAsync(project.Path("run.bin"), "#!/bin/sh\n", Token);
        File.SetUnixFileMode(project.Path("run.bin"), (UnixFileMode)0b_111_101_101);
        await File.WriteAllTextAsync(project.Path("plain.txt"), "text", Token);
        await fixture.PushAsync();

        var clone = fixture.Remote.NewDirectory();
        var tree = await fixture.CloneAsync(clone);
        Assert.Equal(4, tree.Omitted!.LfsFiles.Count);
        Assert.Equal(new FoundLfs(4, null), tree.Lfs);
        var filled = await fixture.FillAsync(clone);

        Assert.True(filled.Succeeded, filled.Failure?.Message);
        Assert.Null(filled.Value.Failure);
        Assert.Equal((4, 3_000_000 + 5 + 5 + 10), (filled.Value.Files, filled.Value.Bytes));
        Assert.Equal(0, filled.Value.Omitted.Count);
        Assert.InRange(filled.Value.Size.Bytes, 3_000_000, 3_100_000);
        foreach (var file in new[] { "large.bin", "in/a directory/ä.bin", "again.bin", "empty.bin", "run.bin", "plain.txt" })
        {
            var (expected, made) = (project.Path(file), Path.Combine(clone, file));
            Assert.Equal(await File.ReadAllBytesAsync(expected, Token), await File.ReadAllBytesAsync(made, Token));
            Assert.Equal(
                (File.GetUnixFileMode(expected) & UnixFileMode.UserExecute),
                (File.GetUnixFileMode(made) & UnixFileMode.UserExecute)
            );
        }

        // By git, which knows nothing of Git LFS here, and by Git LFS.
        Assert.Equal("", await GitCommand.RunAsync(clone, "status", "--porcelain"));
        await GitCommand.RunAsync(clone, "fsck", "--strict");
        Assert.Equal(
            await fixture.Server.RunAsync(project.Path("."), Token, "ls-files"),
            await fixture.Server.RunAsync(clone, Token, "ls-files")
        );
        Assert.Contains("OK", await fixture.Server.RunAsync(clone, Token, "fsck"), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(clone, ".git/lfs/incomplete")));
        var check = await fixture.Remote.Worker.CheckAsync(
            new CheckOrder(clone, tree.Commit, int.MaxValue) { Lfs = LfsState.Files },
            Token
        );
        Assert.Null(check.Value!.Finding);
    }

    [Fact]
    public async Task An_update_links_what_the_older_clone_has_and_asks_for_the_rest_only()
    {
        await using var fixture = await LfsFixture.StartAsync();
        var project = fixture.Project;
        await File.WriteAllTextAsync(project.Path("stays.bin"), "stays", Token);
        await project.CommitAsync("moves.bin", "one");
        await fixture.PushAsync();
        var (first, second, third) = (fixture.Remote.NewDirectory(), fixture.Remote.NewDirectory(), fixture.Remote.NewDirectory());
        await fixture.CloneAsync(first);
        Assert.Null((await fixture.FillAsync(first)).Value!.Failure);

        await project.CommitAsync("moves.bin", "two");
        await fixture.PushAsync();
        await fixture.CloneAsync(second, first);
        var filled = await fixture.FillAsync(second, change: order => order with { SeedFrom = first });
        Assert.Null(filled.Value!.Failure);
        Assert.Equal("two", await File.ReadAllTextAsync(Path.Combine(second, "moves.bin"), Token));
        Assert.Equal("stays", await File.ReadAllTextAsync(Path.Combine(second, "stays.bin"), Token));
        Assert.Equal("one", await File.ReadAllTextAsync(Path.Combine(first, "moves.bin"), Token));
        Assert.Equal(1, filled.Value.Size.SharedFiles);
        Assert.Equal("", await GitCommand.RunAsync(second, "status", "--porcelain"));

        // Nobody is asked for what is there; and what is damaged is not handed on.
        await fixture.CloneAsync(third, second);
        filled = await fixture.FillAsync(third, "http://127.0.0.1:1/none/info/lfs", change: order => order with { SeedFrom = second });
        Assert.Null(filled.Value!.Failure);
        var fourth = fixture.Remote.NewDirectory();
        await fixture.CloneAsync(fourth, third);
        File.Delete(Path.Combine(third, "stays.bin"));
        var stored = Directory
            .EnumerateFiles(Path.Combine(third, ".git/lfs/objects"), "*", SearchOption.AllDirectories)
            .Single(file => File.ReadAllText(file) == "stays");
        File.Delete(stored);
        await File.WriteAllTextAsync(stored, "STAYS", Token);
        filled = await fixture.FillAsync(fourth, change: order => order with { SeedFrom = third });
        Assert.Null(filled.Value!.Failure);
        Assert.Equal("stays", await File.ReadAllTextAsync(Path.Combine(fourth, "stays.bin"), Token));
    }

    [Fact]
    public async Task What_the_server_does_not_give_stays_a_pointer_and_the_rest_is_there()
    {
        await using var fixture = await LfsFixture.StartAsync();
        var project = fixture.Project;
        string[] given = ["return-expired-action", "storage-download-retry", "send-deprecated-links", "batch-hash-algo-empty"];
        string[] refused = ["status-batch-404", "status-batch-500", "status-storage-404", "unknown-oid"];
        foreach (var content in given.Concat(refused))
        {
            await File.WriteAllTextAsync(project.Path($"{content}.bin"), content, Token);
        }

        await File.WriteAllTextAsync(project.Path("fine.bin"), "fine", Token);
        await project.PushAsync();
        foreach (var content in given.Concat(refused).Append("fine"))
        {
            // Those that the server refuses it takes all the same, one at a time.
            var oid = Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(content)));
            using var request = new HttpRequestMessage(HttpMethod.Put, $"{fixture.Server.UrlOf("storage")}/{oid}?r=project");
            request.Content = new StringContent(content);
            using var http = new HttpClient();
            using var response = await http.SendAsync(request, Token);
        }

        var clone = fixture.Remote.NewDirectory();
        await fixture.CloneAsync(clone);
        var filled = (await fixture.FillAsync(clone)).Value!;

        var missing = new List<string>();
        foreach (var content in given.Append("fine").Concat(refused))
        {
            if (await File.ReadAllTextAsync(Path.Combine(clone, $"{content}.bin"), Token) != content)
            {
                missing.Add(content);
            }
        }

        Assert.Equal(refused.Order(StringComparer.Ordinal), missing.Order(StringComparer.Ordinal));
        Assert.Equal(refused.Length, filled.Omitted.Count);
        Assert.True(filled.MayComeLater);
        Assert.Equal("status-batch-404.bin (TransferFailed)", filled.Omitted.First[0]);
        Assert.Contains("git lfs push", filled.Failure!.Message, StringComparison.Ordinal);
        Assert.Equal("", await GitCommand.RunAsync(clone, "status", "--porcelain"));
    }

    [Fact]
    public async Task Who_may_not_ask_and_what_is_too_much_is_said()
    {
        await using var fixture = await LfsFixture.StartAsync();
        await fixture.Project.CommitAsync("a.bin", new string('a', 600));
        await fixture.Project.CommitAsync("b.bin", new string('b', 600));
        await fixture.Project.CommitAsync("c.bin", new string('c', 300));
        await fixture.PushAsync();
        var clone = fixture.Remote.NewDirectory();
        await fixture.CloneAsync(clone);

        var anonymous = (await fixture.FillAsync(clone, credentials: Credentials.GitCredentials.Anonymous)).Value!;
        Assert.Equal(Reasons.AuthenticationFailed, anonymous.Failure?.Reason);
        Assert.Equal((0, 3), (anonymous.Files, anonymous.Omitted.Count));

        var some = (await fixture.FillAsync(clone, change: order => order with { MaxBytes = 1000 })).Value!;
        Assert.Equal((2, 900L), (some.Files, some.Bytes));
        Assert.Equal(["b.bin (TooLarge)"], some.Omitted.First);
        Assert.Contains("spec.lfs.maxBytes (1000)", some.Failure!.Message, StringComparison.Ordinal);
        Assert.False(some.MayComeLater);

        var full = fixture.Remote.NewDirectory();
        await fixture.CloneAsync(full);
        var exceeded = new Failures.CloneFailure(Reasons.QuotaExceeded, "full");
        var failed = await fixture.FillAsync(full, change: order => order with { Budget = new CloneBudget(500, 1000, exceeded, 0, 0) });
        Assert.Equal(Reasons.QuotaExceeded, failed.Failure?.Reason);
    }
}

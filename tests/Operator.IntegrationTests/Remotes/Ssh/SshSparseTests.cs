using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Sparse;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.Remotes.Ssh;

/// <summary>Some folders of a repository, over SSH: what is left out at first is asked for in the same session.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
[Collection(nameof(SshRemotes))]
[Trait("Category", "Slow")]
public sealed class SshSparseTests(SshRemote remote)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(SshRemote.Version2, true)]
    [InlineData(SshRemote.Version0, false)]
    public async Task A_clone_and_its_update_have_the_folders(string port, bool isPartial)
    {
        var name = $"sparse-{port[^1]}.git";
        var project = await remote.ProjectAsync(name);
        await GitCommand.RunAsync(project.Bare, "config", "uploadpack.allowFilter", "true");
        await project.CommitAsync("other/a.txt", "outside");
        var first = await CloneAsync(await project.CommitAsync("src/a.txt", "one"), seed: null);
        await CloneAsync(await project.CommitAsync("src/b.txt", "two"), first);

        async Task<string> CloneAsync(string commit, string? seed)
        {
            var directory = remote.NewDirectory();
            var order = new CloneOrder(remote.Url(port, name), new RemoteHead("main", ""), Depth: 1, directory)
            {
                SeedFrom = seed,
                Credentials = remote.Credentials(),
                Sparse = SparseFolders.Of(["src"]),
            };
            var made = await remote.Remote.CloneAsync(order, Token);
            Assert.True(made.Succeeded, made.Failure?.Message);
            await ClonedTree.SoundAsync(directory, commit);
            Assert.True(File.Exists(Path.Combine(directory, "src/a.txt")));
            Assert.False(Directory.Exists(Path.Combine(directory, "other")));
            var objects = await GitCommand.RunAsync(directory, "rev-list", "--objects", "--missing=print", "HEAD");
            Assert.Equal(isPartial, objects.Contains('?', StringComparison.Ordinal));
            return directory;
        }
    }
}

using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.Remotes;

/// <summary>A clone that is updated again and again, and held to what git itself would have.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
internal sealed class UpdatedClone(RemoteFixture fixture, PushedHistory history)
{
    /// <summary>Where it is; null: it is not made yet.</summary>
    public string? Directory { get; private set; }

    /// <summary>How many packs it has.</summary>
    public int Packs =>
        Directory is null ? 0 : System.IO.Directory.GetFiles(Path.Combine(Directory, ".git", "objects", "pack"), "*.pack").Length;

    /// <summary>Makes it anew on top of itself, as an update does, and checks it.</summary>
    public async Task UpdateAsync(int depth)
    {
        var next = fixture.NewDirectory();
        var tree = await fixture.CloneAsync(next, history.Branch, depth, Directory);
        Assert.True(tree.Succeeded, tree.Failure?.Message);
        Assert.Equal(new FetchedTree(history.Branch, history.Commit), tree.Value! with { CommittedAt = null, Size = null });
        if (Directory is not null)
        {
            System.IO.Directory.Delete(Directory, recursive: true);
        }

        Directory = next;
        await CheckAsync(next, history, depth);
    }

    /// <summary>Holds a clone to what git would have: objects, history, tree.</summary>
    public static async Task CheckAsync(string clone, PushedHistory history, int depth)
    {
        await GitCommand.RunAsync(clone, "fsck", "--strict", "--no-dangling");
        Assert.Equal(
            $"## {history.Branch}...origin/{history.Branch}",
            await GitCommand.RunAsync(clone, "status", "--porcelain", "--ignored", "--branch")
        );
        var expected = history.Commits(depth);
        var reached = (await GitCommand.RunAsync(clone, "rev-list", "--parents", "HEAD"))
            .Split('\n')
            .Select(line => line.Split(' '))
            .ToList();
        Assert.Equal(history.Commit, reached[0][0]);
        Assert.Equal(expected.Keys.Order(), reached.Select(line => line[0]).Order());
        var cut = reached.Where(line => line.Length - 1 < expected[line[0]]).Select(line => line[0]);
        var shallow = await ShallowAsync(clone);
        Assert.Empty(depth == 0 ? shallow : cut.Except(shallow));
    }

    /// <summary>
    /// The same by the files' bytes, whatever the index says of their times; and nothing is called shallow that is not there.
    /// </summary>
    public static async Task CheckBytesAsync(string clone)
    {
        await GitCommand.RunAsync(clone, "read-tree", "HEAD");
        Assert.Equal("", await GitCommand.RunAsync(clone, "status", "--porcelain", "--ignored"));
        var objects = await GitCommand.RunAsync(clone, "cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)");
        Assert.Empty((await ShallowAsync(clone)).Select(commit => $"{commit} commit").Except(objects.Split('\n')));
    }

    private static async Task<string[]> ShallowAsync(string clone)
    {
        var file = Path.Combine(clone, ".git", "shallow");
        return File.Exists(file) ? await File.ReadAllLinesAsync(file) : [];
    }
}

namespace CodeRepoOperator.Cloning.Sparse;

/// <summary>Looks at a sparse clone beside what git itself makes of the same repository.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
internal static class SparseClone
{
    /// <summary>Clones as users would: with folders of one commit, and no other file where the server can filter.</summary>
    public static async Task CloneByGitAsync(string url, string directory, IEnumerable<string> folders, int depth = 1)
    {
        await GitCommand.RunAsync(
            "/",
            [
                "clone",
                "-q",
                .. depth == 0 ? Array.Empty<string>() : [$"--depth={depth}"],
                "--filter=blob:none",
                "--sparse",
                "-b",
                "main",
                url,
                directory,
            ]
        );
        await GitCommand.RunAsync(directory, ["sparse-checkout", "set", "--cone", .. folders]);
    }

    /// <summary>Fails the test unless git finds the clone whole and unchanged, with just what git's own has.</summary>
    public static async Task SeeSameAsync(string byGit, string clone)
    {
        Assert.Equal(ClonedTree.Listing(byGit), ClonedTree.Listing(clone));
        await ClonedTree.SoundAsync(clone, await GitCommand.RunAsync(byGit, "rev-parse", "HEAD"));
        Assert.Equal(
            await File.ReadAllTextAsync(Path.Combine(byGit, ".git/info/sparse-checkout")),
            await File.ReadAllTextAsync(Path.Combine(clone, ".git/info/sparse-checkout"))
        );
        foreach (var command in new[] { "ls-files -t --stage", "sparse-checkout list", "status", "log --oneline --no-decorate" })
        {
            Assert.Equal(await GitCommand.RunAsync(byGit, command.Split(' ')), await GitCommand.RunAsync(clone, command.Split(' ')));
        }

        Assert.Equal(
            Skipped(await GitCommand.RunAsync(byGit, "ls-files", "--debug")),
            Skipped(await GitCommand.RunAsync(clone, "ls-files", "--debug"))
        );
    }

    /// <summary>What the index notes of files that are not there: their flags, and no times or sizes.</summary>
    private static List<string> Skipped(string debug) =>
        [.. debug.Split('\n').Where(line => line.Contains("flags: 4", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
}

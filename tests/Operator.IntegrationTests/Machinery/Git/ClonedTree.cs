using System.Security.Cryptography;

namespace CodeRepoOperator.Machinery.Git;

/// <summary>Looks at a clone as git and its readers do.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
internal static class ClonedTree
{
    /// <summary>Fails the test unless git finds the clone whole, unchanged, and at a commit.</summary>
    public static async Task SoundAsync(string clone, string commit)
    {
        Assert.Equal("", await GitCommand.RunAsync(clone, "status", "--porcelain"));
        await GitCommand.RunAsync(clone, "fsck", "--strict");
        Assert.Equal(commit, await GitCommand.RunAsync(clone, "rev-parse", "HEAD"));
    }

    /// <summary>Each file, link and directory with its mode and content, <c>.git</c> apart.</summary>
    public static List<string> Listing(string root) =>
        [
            .. new DirectoryInfo(root)
                .EnumerateFileSystemInfos(
                    "*",
                    new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None }
                )
                .Select(entry => (Name: Path.GetRelativePath(root, entry.FullName), Entry: entry))
                .Where(e => e.Name != ".git" && !e.Name.StartsWith(".git/", StringComparison.Ordinal))
                .Select(e => $"{e.Name} {e.Entry.LinkTarget ?? Content(e.Entry)}")
                .Order(StringComparer.Ordinal),
        ];

    private static string Content(FileSystemInfo entry)
    {
        if (entry is not FileInfo)
        {
            return "directory";
        }

        using var content = File.OpenRead(entry.FullName);
        return $"{entry.UnixFileMode} {Convert.ToHexString(SHA256.HashData(content))}";
    }
}

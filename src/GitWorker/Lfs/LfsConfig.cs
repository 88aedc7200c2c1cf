using CodeRepoOperator.GitWorker.Git;
using CodeRepoOperator.GitWorker.Submodules;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.GitFiles;
using CodeRepoOperator.Remotes.Lfs;

namespace CodeRepoOperator.GitWorker.Lfs;

/// <summary>
/// What the <c>.lfsconfig</c> at the root of a tree says of where the server is. Its other settings change nothing here: which files are
/// fetched is the CodeRepo's to say.
/// </summary>
internal static class LfsConfig
{
    /// <summary>In bytes.</summary>
    private const int LongestFile = 1 << 16;

    private const int LongestUrl = 2048;

    private const string Remote = "origin";

    /// <summary>Reads it.</summary>
    /// <param name="clone">The clone. Its working tree is not looked at.</param>
    /// <param name="count">How many files of the tree are pointers.</param>
    public static FoundLfs Read(GitTree clone, int count)
    {
        if (FindFile(clone) is not { } file)
        {
            return new FoundLfs(count, null);
        }

        using var reader = new ObjectReader(GitDirectory.Of(clone).Objects);
        using var blob = reader.Read(new ObjectId(file.Id), ObjectKind.Blob);
        if (blob.Size > LongestFile)
        {
            return new FoundLfs(count, null, $".lfsconfig has more than {LongestFile} bytes");
        }

        try
        {
            var url = UrlIn(blob.Data.ToArray());
            return url?.Length > LongestUrl ? new FoundLfs(count, null, "lfs.url in .lfsconfig is too long") : new FoundLfs(count, url);
        }
        catch (InvalidDataException error)
        {
            return new FoundLfs(count, null, $".lfsconfig can't be read ({RemoteText.Shown(error.Message)})");
        }
    }

    /// <summary>The URL that it names: of what is set twice the last counts, and <c>lfs.url</c> before that of the remote.</summary>
    internal static string? UrlIn(ReadOnlyMemory<byte> content)
    {
        var reader = new ConfigReader(content);
        var (url, ofRemote) = ((string?)null, (string?)null);
        while (reader.Next() is { } entry)
        {
            if (entry is { Section: "lfs", Subsection: null, Key: "url", Value.Length: > 0 })
            {
                url = entry.Value;
            }
            else if (entry is { Section: "remote", Subsection: Remote, Key: "lfsurl", Value.Length: > 0 })
            {
                ofRemote = entry.Value;
            }
        }

        return url ?? ofRemote;
    }

    private static IndexEntry? FindFile(GitTree clone)
    {
        using var index = IndexReader.Open(clone);
        while (index.Next() is { } entry)
        {
            if (entry.Path.AsSpan().SequenceEqual(".lfsconfig"u8))
            {
                return entry.IsLink || entry.IsSubmodule ? null : entry;
            }
        }

        return null;
    }
}

using System.Text;
using CodeRepoOperator.GitWorker.Git;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.GitFiles;
using CodeRepoOperator.Remotes.Submodules;

namespace CodeRepoOperator.GitWorker.Submodules;

/// <summary>
/// The submodules of what is checked out: the commits in the index, and what <c>.gitmodules</c> of the same commit says of them.
/// </summary>
internal static class SubmoduleListing
{
    /// <summary>How many of those that are too many are named.</summary>
    private const int MoreShown = 5;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Lists them.</summary>
    /// <param name="clone">The clone. Its working tree is not looked at.</param>
    /// <param name="most">How many are listed; the others are counted.</param>
    public static FoundSubmodules Read(GitTree clone, int most)
    {
        var (links, more, count) = (new List<IndexEntry>(), new List<string>(), 0);
        byte[]? file = null;
        using (var index = IndexReader.Open(clone))
        {
            while (index.Next() is { } entry)
            {
                if (entry.IsSkipped)
                {
                    // As git does in a sparse clone.
                    continue;
                }

                if (entry.Path.AsSpan().SequenceEqual(GitPaths.SubmodulesFile) && entry is { IsLink: false, IsSubmodule: false })
                {
                    file = entry.Id;
                }
                else if (entry.IsSubmodule && count++ < most)
                {
                    links.Add(entry);
                }
                else if (entry.IsSubmodule && more.Count < MoreShown)
                {
                    more.Add(entry.Shown);
                }
            }
        }

        if (links.Count == 0)
        {
            return new FoundSubmodules([], more, count);
        }

        var modules = ReadFile(clone, file, out var flaw);
        return new FoundSubmodules([.. links.Select(link => Find(link, modules, flaw))], more, count);
    }

    private static FoundSubmodule Find(IndexEntry link, GitModules? modules, string? flaw)
    {
        var commit = Convert.ToHexStringLower(link.Id);
        if (modules is null)
        {
            return new FoundSubmodule(link.Shown, commit, null, null, flaw);
        }

        var path = TextOf(link.Path);
        if (path is null || !SubmoduleName.IsSafePath(path))
        {
            return new FoundSubmodule(link.Shown, commit, null, null, "its path is too long, or no text");
        }

        return modules.Of(path, commit);
    }

    private static GitModules? ReadFile(GitTree clone, byte[]? file, out string? flaw)
    {
        if (file is null)
        {
            flaw = "there is no .gitmodules";
            return null;
        }

        using var reader = new ObjectReader(GitDirectory.Of(clone).Objects);
        using var blob = reader.Read(new ObjectId(file), ObjectKind.Blob);
        if (blob.Size > GitModules.LongestFile)
        {
            flaw = $".gitmodules has more than {GitModules.LongestFile} bytes";
            return null;
        }

        try
        {
            flaw = null;
            return GitModules.Read(blob.Data.ToArray());
        }
        catch (InvalidDataException error)
        {
            flaw = $".gitmodules can't be read ({RemoteText.Shown(error.Message)})";
            return null;
        }
    }

    private static string? TextOf(byte[] path)
    {
        try
        {
            return Strict.GetString(path);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}

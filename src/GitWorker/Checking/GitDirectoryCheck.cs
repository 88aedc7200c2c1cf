using System.Text;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Remotes.GitFiles;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.GitWorker.Checking;

/// <summary>
/// Looks whether <c>.git</c> holds files and directories only, as every clone that was made here does. What comes after it opens them by
/// their paths: a FIFO would hold it for ever, a link would lead it elsewhere.
/// </summary>
internal static class GitDirectoryCheck
{
    /// <summary>A clone has some dozens.</summary>
    private const int MostNames = 1_000_000;

    /// <summary>Looks until the first that does not belong there.</summary>
    /// <exception cref="IOException">It can't be read.</exception>
    public static CheckFinding? Find(string clone)
    {
        using var root = OpenDirectory.Open(clone);
        var pending = new Stack<byte[]>([GitPaths.DirectoryName.ToArray()]);
        var seen = 0;
        while (pending.TryPop(out var path))
        {
            using var directory = root?.Find(path);
            foreach (var name in directory?.Names() ?? [])
            {
                byte[] entry = [.. path, (byte)'/', .. name];
                if (++seen > MostNames)
                {
                    return new CheckFinding(CloneDamage.GitDirectory, $".git: more than {MostNames} files");
                }

                switch (directory!.Look(name))
                {
                    case { IsDirectory: true }:
                        pending.Push(entry);
                        break;
                    case { IsRegular: true } or null:
                        break;
                    default:
                        return new CheckFinding(
                            CloneDamage.GitDirectory,
                            $"{RemoteText.Escaped(Encoding.UTF8.GetString(entry))}: neither a file nor a directory"
                        );
                }
            }
        }

        return null;
    }
}

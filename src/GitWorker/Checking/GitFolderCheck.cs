using System.Text;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Remotes.GitFiles;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.GitWorker.Checking;

/// <summary>
/// Looks whether <c>.git</c> holds files and folders only, as every clone that was made here does. What comes after it opens them by
/// their paths: a FIFO would hold it for ever, a link would lead it elsewhere.
/// </summary>
internal static class GitFolderCheck
{
    /// <summary>A clone has some dozens.</summary>
    private const int MostNames = 1_000_000;

    /// <summary>Looks until the first that does not belong there.</summary>
    /// <exception cref="IOException">It can't be read.</exception>
    public static CheckFinding? Find(string clone)
    {
        using var root = OpenFolder.Open(clone);
        var pending = new Stack<byte[]>([GitPaths.FolderName.ToArray()]);
        var seen = 0;
        while (pending.TryPop(out var path))
        {
            using var folder = root?.Find(path);
            foreach (var name in folder?.Names() ?? [])
            {
                byte[] entry = [.. path, (byte)'/', .. name];
                if (++seen > MostNames)
                {
                    return new CheckFinding(CloneDamage.GitFolder, $".git: more than {MostNames} files");
                }

                switch (folder!.Look(name))
                {
                    case { IsFolder: true }:
                        pending.Push(entry);
                        break;
                    case { IsRegular: true } or null:
                        break;
                    default:
                        return new CheckFinding(CloneDamage.GitFolder, $"{RemoteText.Escaped(Encoding.UTF8.GetString(entry))}: neither a file nor a folder");
                }
            }
        }

        return null;
    }
}

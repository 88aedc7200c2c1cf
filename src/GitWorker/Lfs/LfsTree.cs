using System.Text;
using CodeRepoOperator.GitWorker.Checkout;
using CodeRepoOperator.GitWorker.Checkout.Attributes;
using CodeRepoOperator.GitWorker.Git;
using CodeRepoOperator.GitWorker.Limits;
using CodeRepoOperator.Remotes.GitFiles;

namespace CodeRepoOperator.GitWorker.Lfs;

/// <summary>
/// Puts files of Git LFS in the places of their pointers, in a tree that nobody reads yet: as links to those in its store, so that each
/// takes its bytes once. Git's index gets their sizes and times, by which it knows them to be unchanged.
/// </summary>
/// <param name="tree">The tree.</param>
/// <param name="store">Has the files.</param>
/// <param name="quota">What copies may take.</param>
internal sealed class LfsTree(GitTree tree, LfsStore store, CloneQuota quota)
{
    /// <summary>Puts them there.</summary>
    /// <param name="files">Those that the store has.</param>
    public void Fill(IReadOnlyList<LfsFile> files)
    {
        if (files.Count == 0)
        {
            return;
        }

        var stats = new Dictionary<byte[], IndexStat>(files.Count, BytesComparer.Instance);
        using var root = WorkingDirectory.Open(tree.Directory);
        foreach (var (entry, pointer) in files)
        {
            using var directory = root.Find(entry.Directory) ?? throw new IOException("A directory of the working tree is gone.");
            stats[entry.Path] = Put(directory, entry, pointer!);
        }

        List<IndexEntry> entries;
        using (var index = IndexReader.Open(tree))
        {
            entries = [.. index.ReadAll()];
        }

        using var writer = new IndexWriter(GitDirectory.Of(tree).Index, entries.Count, entries.Exists(entry => entry.IsSkipped));
        foreach (var entry in entries)
        {
            if (entry.IsSkipped)
            {
                writer.AddSkipped(entry.Path, entry.Mode, entry.Id);
                continue;
            }

            writer.Add(entry.Path, entry.Mode, entry.Id, stats.TryGetValue(entry.Path, out var stat) ? stat : entry.Stat);
        }

        writer.Finish();
    }

    private IndexStat Put(WorkingDirectory directory, IndexEntry entry, LfsPointer pointer)
    {
        directory.Remove(entry.Name);
        using var from = WorkingDirectory.Open(store.DirectoryOf(pointer));
        if (!entry.IsExecutable && directory.TryLink(from, Encoding.ASCII.GetBytes(pointer.Oid), entry.Name, out var linked))
        {
            return linked;
        }

        // A link shares who may run it with all others; and a file may have no more of them.
        quota.ChargeFile(pointer.Size);
        using var file = File.OpenHandle(store.PathOf(pointer));
        return directory.CopyFile(entry.Name, entry.IsExecutable, file);
    }
}

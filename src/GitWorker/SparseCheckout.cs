using System.Text;
using CodeRepoOperator.GitWorker.Checkout;
using CodeRepoOperator.GitWorker.Git;
using CodeRepoOperator.Remotes.Worker;
using LibGit2Sharp;

namespace CodeRepoOperator.GitWorker;

/// <summary>What git keeps of a sparse clone beside the index, as <c>git sparse-checkout set --cone</c> does.</summary>
internal static class SparseCheckout
{
    /// <summary>Has git know which folders the clone has; nothing, where it has all.</summary>
    public static void Configure(CloneOrder order)
    {
        if (order.Sparse is not { } folders)
        {
            return;
        }

        // In the clone's own file: git's is one of the worktree, which needs an extension that libgit2 does not know.
        using (var repository = new Repository(order.Directory))
        {
            repository.Config.Set("core.sparseCheckout", value: true);
            repository.Config.Set("core.sparseCheckoutCone", value: true);
        }

        var file = GitDirectory.Of(order.Directory).SparseCheckout;
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, folders.Text);
    }

    /// <summary>
    /// The folders that were asked for and are not in the commit: that is no failure, as with git, but may be a typing error.
    /// </summary>
    public static OmittedPaths? FindAbsent(CloneOrder order, string commit)
    {
        if (order.Sparse is not { } folders)
        {
            return null;
        }

        var absent = new OmittedFiles();
        using var repository = new Repository(order.Directory);
        var tree = repository.Lookup<Commit>(commit).Tree;
        foreach (
            var folder in folders.Paths.Where(folder =>
                tree[folder] is not { TargetType: TreeEntryTargetType.Tree or TreeEntryTargetType.GitLink }
            )
        )
        {
            absent.Add(Encoding.UTF8.GetBytes(folder));
        }

        return absent.IsEmpty ? null : absent.ToPaths();
    }
}

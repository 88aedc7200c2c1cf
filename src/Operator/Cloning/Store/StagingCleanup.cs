using CodeRepoOperator.Remotes.GitFiles;

namespace CodeRepoOperator.Cloning.Store;

/// <summary>Takes away what a process that is gone left of clones that it was making. Only for who has just acquired the store.</summary>
internal sealed class StagingCleanup(StoreLayout layout, TimeProvider time, ILogger log)
{
    /// <summary>Moves all that is in the staging directory to the trash: only we write here now, and nothing of ours has begun.</summary>
    /// <exception cref="IOException">It could not be moved.</exception>
    public void MoveToTrash()
    {
        using var trash = OwnDirectory.Open(layout.Volume, layout.Trash, log);
        using var staging = OwnDirectory.Open(layout.Volume, layout.Staging, log);
        foreach (var name in staging.Names())
        {
            // One with a marker may have been exchanged out of its place: readers may still have it open.
            using var git = staging.Find([.. name, (byte)'/', .. GitPaths.DirectoryName]);
            var taken = git?.Look(StoreLayout.MarkerName) is { IsRegular: true }
                ? layout.NewTrash(time.GetUtcNow(), BootTime.Now)
                : layout.NewTrash(DateTimeOffset.UnixEpoch);
            FileSystem.Rename(staging, name, trash, StoreVolume.NameOf(taken));
        }
    }
}

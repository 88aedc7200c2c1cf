using CodeRepoOperator.Remotes.Files;

namespace CodeRepoOperator.Cloning.Store;

/// <summary>Finds out by trying whether two directories can be exchanged in one step on the volume's file system.</summary>
internal static class ExchangeProbe
{
    /// <summary>Exchanges two empty directories in the staging directory, and deletes them.</summary>
    /// <exception cref="IOException">The volume can't be written to.</exception>
    public static bool IsSupported(StoreLayout layout)
    {
        using var staging = layout.Volume.Make(layout.Staging);
        var (one, other) = (StoreVolume.NameOf(layout.NewStaging("probe")), StoreVolume.NameOf(layout.NewStaging("probe")));
        staging.Make(one).Dispose();
        staging.Make(other).Dispose();
        try
        {
            return FileSystem.TryExchange(staging, one, staging, other);
        }
        finally
        {
            DirectoryTree.Delete(staging, one);
            DirectoryTree.Delete(staging, other);
        }
    }
}

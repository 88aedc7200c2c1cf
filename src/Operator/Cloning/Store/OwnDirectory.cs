using CodeRepoOperator.Cloning.Monitoring;
using CodeRepoOperator.Remotes.Files;

namespace CodeRepoOperator.Cloning.Store;

/// <summary>The directories in the operator's own on the volume: the staging directory and the trash.</summary>
internal static class OwnDirectory
{
    /// <summary>
    /// Opens one, and makes it where there is none. What is no directory there, a link above all, gets another name first; where it leads
    /// to is not looked at.
    /// </summary>
    /// <param name="volume">The volume.</param>
    /// <param name="path">Its path.</param>
    /// <param name="log">For what got another name.</param>
    /// <exception cref="IOException">It can't be opened or made.</exception>
    public static OpenDirectory Open(StoreVolume volume, string path, ILogger log)
    {
        if (volume.Look(path) is { IsDirectory: false })
        {
            var aside = $"{path}.{Guid.NewGuid():n}";
            volume.Rename(path, aside);
            log.SetAside(path, aside);
        }

        return volume.Make(path);
    }
}

using CodeRepoOperator.Remotes.Files;

namespace CodeRepoOperator.GitWorker;

/// <summary>Hard links, and the mode of new files: what .NET has no API for.</summary>
internal static class FileLink
{
    // rwxr-xr-x: consumers read clones as members of the volume's group.
    private const uint GroupReadable = 0b_000_010_010;

    /// <summary>Gives a file a second name on the same file system.</summary>
    public static void Create(string file, string link)
    {
        if (Libc.link(file, link) != 0)
        {
            throw NativeFile.LastError($"{link} can't be linked");
        }
    }

    /// <summary>Makes all files that this process creates readable for their group, whatever it was started with.</summary>
    public static void MakeNewFilesGroupReadable() => _ = Libc.umask(GroupReadable);
}

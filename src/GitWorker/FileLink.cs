using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;
using CodeRepoOperator.Remotes.Files;

namespace CodeRepoOperator.GitWorker;

/// <summary>Hard links, and the mode of new files: what .NET has no API for.</summary>
internal static partial class FileLink
{
    // rwxr-xr-x: consumers read clones as members of the volume's group.
    private const uint GroupReadable = 0b_000_010_010;

    /// <summary>Gives a file a second name on the same file system.</summary>
    public static void Create(string file, string link)
    {
        if (NativeLink(file, link) != 0)
        {
            throw NativeFile.LastError($"{link} can't be linked");
        }
    }

    /// <summary>Makes all files that this process creates readable for their group, whatever it was started with.</summary>
    public static void MakeNewFilesGroupReadable() => _ = NativeUmask(GroupReadable);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true)]
    private static partial int NativeLink(
        [MarshalUsing(typeof(Utf8StringMarshaller))] string file, [MarshalUsing(typeof(Utf8StringMarshaller))] string link);

    [LibraryImport("libc", EntryPoint = "umask")]
    private static partial uint NativeUmask(uint mask);
}

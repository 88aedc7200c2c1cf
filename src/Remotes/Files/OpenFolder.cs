using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace CodeRepoOperator.Cloning.Remotes.Files;

/// <summary>
/// A folder held open to be read. Names are bytes, as git's are. It stays the same folder when its path leads elsewhere, and nothing
/// outside of it can be reached: no symbolic link is followed, at no place of a path.
/// </summary>
internal sealed unsafe partial class OpenFolder : IDisposable
{
    // Linux, on every architecture.
    private const int NotFound = 2; // ENOENT
    private const int NotAFolder = 20; // ENOTDIR
    private const int TooManyLinks = 40; // ELOOP: a link where none may be followed
    private const int NotBlocking = 0x800; // O_NONBLOCK: nothing that may have been put there makes us wait

    private readonly SafeFileHandle _folder;

    private OpenFolder(SafeFileHandle folder) => _folder = folder;

    /// <summary>Opens a folder.</summary>
    /// <returns>The folder; null: there is none.</returns>
    /// <exception cref="IOException">It can't be opened.</exception>
    public static OpenFolder? Open(string path)
        => OpenAt(FileStatus.CurrentFolder, Encoding.UTF8.GetBytes(path), NativeFile.OnlyFolder) is { } folder ? new OpenFolder(folder) : null;

    /// <summary>Opens a folder below, one name of the path after the other.</summary>
    /// <param name="path">Names with slashes between them; empty: this folder once more.</param>
    /// <returns>The folder; null: there is none.</returns>
    /// <exception cref="IOException">It can't be opened.</exception>
    public OpenFolder? Find(ReadOnlySpan<byte> path)
    {
        var folder = Below("."u8, NativeFile.OnlyFolder);
        foreach (var range in path.Split((byte)'/'))
        {
            if (folder is null || path.IsEmpty)
            {
                break;
            }

            using var parent = folder;
            folder = IsName(path[range]) ? OpenAt((int)parent.DangerousGetHandle(), path[range], NativeFile.OnlyFolder) : null;
        }

        return folder is null ? null : new OpenFolder(folder);
    }

    /// <summary>Opens a file in this folder.</summary>
    /// <param name="name">Its name, without slashes.</param>
    /// <param name="status">What is there.</param>
    /// <returns>The file; null: there is none that could be read as one, or it is a link.</returns>
    /// <exception cref="IOException">It can't be opened.</exception>
    public SafeFileHandle? OpenFile(ReadOnlySpan<byte> name, out FileStatus status)
    {
        status = default;
        if (!IsName(name) || Below(name, NotBlocking) is not { } file)
        {
            return null;
        }

        if (FileStatus.TryRead(file, out status) && status.IsRegular)
        {
            return file;
        }

        file.Dispose();
        return null;
    }

    /// <summary>Where a symbolic link in this folder leads.</summary>
    /// <param name="name">Its name, without slashes.</param>
    /// <param name="longest">More than this many bytes are cut.</param>
    /// <returns>The target; null: there is no link of that name.</returns>
    public byte[]? ReadLink(ReadOnlySpan<byte> name, int longest)
    {
        if (!IsName(name))
        {
            return null;
        }

        var target = new byte[longest];
        fixed (byte* path = Terminated(name))
        fixed (byte* into = target)
        {
            var length = readlinkat(_folder, path, into, (nuint)longest);
            return length < 0 ? null : target[..(int)length];
        }
    }

    /// <inheritdoc />
    public void Dispose() => _folder.Dispose();

    private SafeFileHandle? Below(ReadOnlySpan<byte> name, int flags)
    {
        var held = false;
        try
        {
            _folder.DangerousAddRef(ref held);
            return OpenAt((int)_folder.DangerousGetHandle(), name, flags);
        }
        finally
        {
            if (held)
            {
                _folder.DangerousRelease();
            }
        }
    }

    private static SafeFileHandle? OpenAt(int folder, ReadOnlySpan<byte> path, int flags)
    {
        fixed (byte* name = Terminated(path))
        {
            var descriptor = openat(folder, name, flags | NativeFile.FollowNoLink | NativeFile.CloseOnExec);
            return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true)
                : Marshal.GetLastPInvokeError() is NotFound or NotAFolder or TooManyLinks ? null
                : throw NativeFile.LastError($"open {Encoding.UTF8.GetString(path)}");
        }
    }

    /// <summary>Whether it is the name of something in a folder, and not the folder, its parent, or a path.</summary>
    private static bool IsName(ReadOnlySpan<byte> name)
        => !name.IsEmpty && !name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8) && !name.ContainsAny((byte)'/', (byte)0);

    private static byte[] Terminated(ReadOnlySpan<byte> text) => [.. text, 0];

    [LibraryImport("libc", SetLastError = true)]
    private static partial int openat(int folder, byte* path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint readlinkat(SafeFileHandle folder, byte* path, byte* target, nuint size);
}

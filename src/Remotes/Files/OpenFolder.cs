using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace CodeRepoOperator.Remotes.Files;

/// <summary>
/// A folder held open. Names are bytes, as git's are. It stays the same folder when its path leads elsewhere, and nothing outside of it
/// can be reached: no symbolic link is followed, at no place of a path. No open waits, whatever was put in the place of a file.
/// </summary>
internal sealed unsafe class OpenFolder : IDisposable
{
    private const uint FolderMode = 0x1FF; // 0777, less the umask
    private const uint FileMode = 0x1B6; // 0666, less the umask
    private const int ReadWrite = 0x2; // O_RDWR
    private const int Create = 0x40; // O_CREAT

    private readonly SafeFileHandle _folder;

    private OpenFolder(SafeFileHandle folder) => _folder = folder;

    /// <summary>The open folder, for calls that take one. It is valid until this is disposed of.</summary>
    public SafeFileHandle Handle => _folder;

    private int Descriptor => (int)_folder.DangerousGetHandle();

    /// <summary>Opens a folder.</summary>
    /// <returns>The folder; null: there is none.</returns>
    /// <exception cref="IOException">It can't be opened.</exception>
    public static OpenFolder? Open(string path)
        => Opened(PathBelow.Open(FileStatus.CurrentFolder, Terminated(Encoding.UTF8.GetBytes(path)), NativeFile.OnlyFolder | NativeFile.FollowNoLink));

    /// <summary>Opens the folder that others are reached from. Links on the way to it are the administrator's, and followed.</summary>
    /// <returns>The folder; null: there is none.</returns>
    /// <exception cref="IOException">It can't be opened.</exception>
    public static OpenFolder? OpenRoot(string path)
        => Opened(PathBelow.Open(FileStatus.CurrentFolder, Terminated(Encoding.UTF8.GetBytes(path)), NativeFile.OnlyFolder));

    /// <summary>Opens a folder below.</summary>
    /// <param name="path">Names with slashes between them; empty: this folder once more.</param>
    /// <returns>The folder; null: there is none, or a link is on the way.</returns>
    /// <exception cref="IOException">It can't be opened.</exception>
    public OpenFolder? Find(ReadOnlySpan<byte> path)
    {
        if (path.IsEmpty)
        {
            return Opened(PathBelow.Open(Descriptor, Terminated("."u8), NativeFile.OnlyFolder | NativeFile.FollowNoLink));
        }

        foreach (var range in path.Split((byte)'/'))
        {
            if (!IsName(path[range]))
            {
                return null;
            }
        }

        return Opened(PathBelow.OpenWithoutLinks(Descriptor, path, NativeFile.OnlyFolder));
    }

    /// <summary>Opens the folder above, wherever this one is by now: who calls must know which one it may be.</summary>
    /// <exception cref="IOException">It can't be opened.</exception>
    public OpenFolder OpenParent()
        => Opened(PathBelow.Open(Descriptor, Terminated(".."u8), NativeFile.OnlyFolder | NativeFile.FollowNoLink)) ?? throw NativeFile.LastError("open ..");

    /// <summary>Opens a folder in this one, and makes it where there is none.</summary>
    /// <exception cref="IOException">It can't be made or opened, or something else has its name.</exception>
    public OpenFolder Make(ReadOnlySpan<byte> name)
    {
        if (Find(name) is { } found)
        {
            return found;
        }

        fixed (byte* path = Terminated(name))
        {
            if (!IsName(name) || (Libc.mkdirat(_folder, path, FolderMode) != 0 && Marshal.GetLastPInvokeError() != NativeFile.Exists))
            {
                throw NativeFile.LastError($"make {Encoding.UTF8.GetString(name)}");
            }
        }

        return Find(name) ?? throw new IOException($"{Encoding.UTF8.GetString(name)} is a link or a file, and no folder: remove it", NativeFile.NotAFolder);
    }

    /// <summary>Looks at what has a name in this folder; a link is not followed.</summary>
    /// <returns>What is there; null: nothing.</returns>
    /// <exception cref="IOException">It can't be looked at.</exception>
    public FileStatus? Look(ReadOnlySpan<byte> name)
        => !IsName(name) ? null
            : FileStatus.TryRead(Descriptor, Terminated(name), out var status) ? status
            : NativeFile.IsAbsence(Marshal.GetLastPInvokeError()) ? null
            : throw NativeFile.LastError($"look at {Encoding.UTF8.GetString(name)}");

    /// <summary>Opens a file in this folder.</summary>
    /// <param name="name">Its name, without slashes.</param>
    /// <param name="status">What is there.</param>
    /// <returns>The file; null: there is none that could be read as one, or it is a link.</returns>
    /// <exception cref="IOException">It can't be opened.</exception>
    public SafeFileHandle? OpenFile(ReadOnlySpan<byte> name, out FileStatus status)
    {
        status = default;
        return IsName(name)
            ? Regular(PathBelow.Open(Descriptor, Terminated(name), NativeFile.NotBlocking | NativeFile.FollowNoLink), out status)
            : null;
    }

    /// <summary>Opens a file in this folder to be read and written, and makes it where there is none.</summary>
    /// <param name="name">Its name, without slashes.</param>
    /// <param name="status">What is there.</param>
    /// <returns>The file; null: something has the name that is no file.</returns>
    /// <exception cref="IOException">It can't be opened.</exception>
    public SafeFileHandle? OpenOrMakeFile(ReadOnlySpan<byte> name, out FileStatus status)
    {
        status = default;
        return IsName(name)
            ? Regular(PathBelow.Open(Descriptor, Terminated(name), ReadWrite | Create | NativeFile.NotBlocking | NativeFile.FollowNoLink, FileMode), out status)
            : null;
    }

    /// <summary>Reads a small file in this folder.</summary>
    /// <param name="name">Its name, without slashes.</param>
    /// <param name="longest">In bytes.</param>
    /// <returns>Its content; null: there is no such file, it is longer, or something else has the name.</returns>
    /// <exception cref="IOException">It can't be read.</exception>
    public byte[]? ReadFile(ReadOnlySpan<byte> name, int longest)
    {
        using var file = OpenFile(name, out var status);
        return file is not null && status.Size <= (ulong)longest ? Content(file, (int)status.Size) : null;
    }

    /// <summary>Writes a file in this folder, in place of one that is there.</summary>
    /// <param name="name">Its name, without slashes.</param>
    /// <param name="content">All of it.</param>
    /// <exception cref="IOException">It can't be written, or something else has the name.</exception>
    public void WriteFile(ReadOnlySpan<byte> name, ReadOnlySpan<byte> content)
    {
        using var file = OpenOrMakeFile(name, out var status)
            ?? throw new IOException($"{Encoding.UTF8.GetString(name)} is no file: remove it", NativeFile.Exists);
        if (status.Size > 0)
        {
            RandomAccess.SetLength(file, 0);
        }

        RandomAccess.Write(file, content, fileOffset: 0);
    }

    /// <summary>The names in this folder.</summary>
    /// <exception cref="IOException">It can't be read.</exception>
    public List<byte[]> Names()
    {
        using var stream = Stream();
        var names = new List<byte[]>();
        while (stream.ReadNext(out var name, out _))
        {
            names.Add(name.ToArray());
        }

        return names;
    }

    /// <summary>How many names are in this folder, up to a bound.</summary>
    /// <exception cref="IOException">It can't be read.</exception>
    public int CountNames(int most)
    {
        using var stream = Stream();
        var count = 0;
        while (count < most && stream.ReadNext(out _, out _))
        {
            count++;
        }

        return count;
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
            var length = Libc.readlinkat(_folder, path, into, (nuint)longest);
            return length < 0 ? null : target[..(int)length];
        }
    }

    /// <inheritdoc />
    public void Dispose() => _folder.Dispose();

    /// <summary>Whether it is the name of something in a folder, and not the folder, its parent, or a path.</summary>
    public static bool IsName(ReadOnlySpan<byte> name)
        => !name.IsEmpty && !name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8) && !name.ContainsAny((byte)'/', (byte)0);

    /// <summary>Reads a file that is open, from its beginning.</summary>
    /// <param name="file">It.</param>
    /// <param name="length">How many bytes; fewer when it has become shorter.</param>
    /// <exception cref="IOException">It can't be read.</exception>
    public static byte[] Content(SafeFileHandle file, int length)
    {
        var content = new byte[length];
        var read = 0;
        while (read < length && RandomAccess.Read(file, content.AsSpan(read), read) is > 0 and var more)
        {
            read += more;
        }

        return read == length ? content : content[..read];
    }

    private static OpenFolder? Opened(SafeFileHandle? folder) => folder is null ? null : new OpenFolder(folder);

    private static SafeFileHandle? Regular(SafeFileHandle? file, out FileStatus status)
    {
        status = default;
        if (file is null || (FileStatus.TryRead(file, out status) && status.IsRegular))
        {
            return file;
        }

        file.Dispose();
        return null;
    }

    // A description of its own: the stream's place is nobody else's.
    private DirectoryStream Stream()
        => new(PathBelow.Open(Descriptor, Terminated("."u8), NativeFile.OnlyFolder) ?? throw NativeFile.LastError("read a folder"));

    private static byte[] Terminated(ReadOnlySpan<byte> text) => [.. text, 0];
}

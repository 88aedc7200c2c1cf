using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace CodeRepoOperator.Remotes.Files;

/// <summary>
/// A directory held open. Names are bytes, as git's are. It stays the same directory when its path leads elsewhere, and nothing outside of
/// it can be reached: no symbolic link is followed, at no place of a path. No open waits, whatever was put in the place of a file.
/// </summary>
internal sealed unsafe class OpenDirectory : IDisposable
{
    private const uint DirectoryMode = 0x1FF; // 0777, less the umask
    private const uint FileMode = 0x1B6; // 0666, less the umask
    private const int ReadWrite = 0x2; // O_RDWR
    private const int Create = 0x40; // O_CREAT

    private readonly SafeFileHandle _directory;

    private OpenDirectory(SafeFileHandle directory) => _directory = directory;

    /// <summary>The open directory, for calls that take one. It is valid until this is disposed of.</summary>
    public SafeFileHandle Handle => _directory;

    private int Descriptor => (int)_directory.DangerousGetHandle();

    /// <returns>The directory; null: there is none.</returns>
    /// <exception cref="IOException">It can't be opened.</exception>
    public static OpenDirectory? Open(string path) =>
        Opened(
            PathBelow.Open(
                FileStatus.CurrentDirectory,
                Terminated(Encoding.UTF8.GetBytes(path)),
                NativeFile.OnlyDirectory | NativeFile.FollowNoLink
            )
        );

    /// <summary>Opens the directory that others are reached from. Links on the way to it are the administrator's, and followed.</summary>
    /// <returns>The directory; null: there is none.</returns>
    /// <exception cref="IOException">It can't be opened.</exception>
    public static OpenDirectory? OpenRoot(string path) =>
        Opened(PathBelow.Open(FileStatus.CurrentDirectory, Terminated(Encoding.UTF8.GetBytes(path)), NativeFile.OnlyDirectory));

    /// <summary>Opens a directory below.</summary>
    /// <param name="path">Names with slashes between them; empty: this directory once more.</param>
    /// <returns>The directory; null: there is none, or a link is on the way.</returns>
    /// <exception cref="IOException">It can't be opened.</exception>
    public OpenDirectory? Find(ReadOnlySpan<byte> path)
    {
        if (path.IsEmpty)
        {
            return Opened(PathBelow.Open(Descriptor, Terminated("."u8), NativeFile.OnlyDirectory | NativeFile.FollowNoLink));
        }

        foreach (var range in path.Split((byte)'/'))
        {
            if (!IsName(path[range]))
            {
                return null;
            }
        }

        return Opened(PathBelow.OpenWithoutLinks(Descriptor, path, NativeFile.OnlyDirectory));
    }

    /// <summary>Opens the directory above, wherever this one is by now: who calls must know which one it may be.</summary>
    /// <exception cref="IOException">It can't be opened.</exception>
    public OpenDirectory OpenParent() =>
        Opened(PathBelow.Open(Descriptor, Terminated(".."u8), NativeFile.OnlyDirectory | NativeFile.FollowNoLink))
        ?? throw NativeFile.LastError("open ..");

    /// <summary>Opens a directory in this one, and makes it where there is none.</summary>
    /// <exception cref="IOException">It can't be made or opened, or something else has its name.</exception>
    public OpenDirectory Make(ReadOnlySpan<byte> name)
    {
        if (Find(name) is { } found)
        {
            return found;
        }

        fixed (byte* path = Terminated(name))
        {
            if (!IsName(name) || (Libc.mkdirat(_directory, path, DirectoryMode) != 0 && Marshal.GetLastPInvokeError() != NativeFile.Exists))
            {
                throw NativeFile.LastError($"make {Encoding.UTF8.GetString(name)}");
            }
        }

        return Find(name)
            ?? throw new IOException(
                $"{Encoding.UTF8.GetString(name)} is a link or a file, and no directory: remove it",
                NativeFile.NotADirectory
            );
    }

    /// <summary>Looks at what has a name in this directory; a link is not followed.</summary>
    /// <returns>What is there; null: nothing.</returns>
    /// <exception cref="IOException">It can't be looked at.</exception>
    public FileStatus? Look(ReadOnlySpan<byte> name) =>
        !IsName(name) ? null
        : FileStatus.TryRead(Descriptor, Terminated(name), out var status) ? status
        : NativeFile.IsAbsence(Marshal.GetLastPInvokeError()) ? null
        : throw NativeFile.LastError($"look at {Encoding.UTF8.GetString(name)}");

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

    /// <summary>Opens a file in this directory to be read and written, and makes it where there is none.</summary>
    /// <param name="name">Its name, without slashes.</param>
    /// <param name="status">What is there.</param>
    /// <returns>The file; null: something has the name that is no file.</returns>
    /// <exception cref="IOException">It can't be opened.</exception>
    public SafeFileHandle? OpenOrMakeFile(ReadOnlySpan<byte> name, out FileStatus status)
    {
        status = default;
        return IsName(name)
            ? Regular(
                PathBelow.Open(
                    Descriptor,
                    Terminated(name),
                    ReadWrite | Create | NativeFile.NotBlocking | NativeFile.FollowNoLink,
                    FileMode
                ),
                out status
            )
            : null;
    }

    /// <summary>Reads a small file in this directory.</summary>
    /// <param name="name">Its name, without slashes.</param>
    /// <param name="longest">In bytes.</param>
    /// <returns>Its content; null: there is no such file, it is longer, or something else has the name.</returns>
    /// <exception cref="IOException">It can't be read.</exception>
    public byte[]? ReadFile(ReadOnlySpan<byte> name, int longest)
    {
        using var file = OpenFile(name, out var status);
        return file is not null && status.Size <= (ulong)longest ? Content(file, (int)status.Size) : null;
    }

    /// <summary>Writes a file in this directory, in place of one that is there.</summary>
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

    /// <summary>The names in this directory.</summary>
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

    /// <summary>How many names are in this directory, up to a bound.</summary>
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

    /// <summary>Where a symbolic link in this directory leads.</summary>
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
            var length = Libc.readlinkat(_directory, path, into, (nuint)longest);
            return length < 0 ? null : target[..(int)length];
        }
    }

    /// <inheritdoc />
    public void Dispose() => _directory.Dispose();

    /// <summary>Whether it is the name of something in a directory, and not the directory, its parent, or a path.</summary>
    public static bool IsName(ReadOnlySpan<byte> name) =>
        !name.IsEmpty && !name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8) && !name.ContainsAny((byte)'/', (byte)0);

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

    private static OpenDirectory? Opened(SafeFileHandle? directory) => directory is null ? null : new OpenDirectory(directory);

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
    private DirectoryStream Stream() =>
        new(PathBelow.Open(Descriptor, Terminated("."u8), NativeFile.OnlyDirectory) ?? throw NativeFile.LastError("read a directory"));

    private static byte[] Terminated(ReadOnlySpan<byte> text) => [.. text, 0];
}

using System.Text;
using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Remotes.GitFiles;
using Microsoft.Win32.SafeHandles;

namespace CodeRepoOperator.GitWorker.Checkout;

/// <summary>
/// A directory held open, and what is made or found below it. Names are bytes, as git's are. Nothing that exists is ever opened
/// for writing, and no symbolic link at the end of a path is followed.
/// </summary>
internal sealed unsafe class WorkingDirectory : IDisposable
{
    private const int WriteNew = 0x1 | 0x40 | 0x80; // O_WRONLY | O_CREAT | O_EXCL
    private const uint DirectoryMode = 0x1FF; // 0777, less the umask
    private const uint RegularMode = 0x1B6; // 0666, less the umask

    private const int CopySize = 128 * 1024;

    private readonly SafeFileHandle _directory;

    private WorkingDirectory(SafeFileHandle directory) => _directory = directory;

    private int Descriptor => (int)_directory.DangerousGetHandle();

    /// <exception cref="IOException">It can't be opened.</exception>
    public static WorkingDirectory Open(string path) =>
        Open(FileStatus.CurrentDirectory, Encoding.UTF8.GetBytes(path)) ?? throw Failed("open", Encoding.UTF8.GetBytes(path));

    /// <summary>Opens a directory below; empty: this one once more. Null: there is no such directory.</summary>
    public WorkingDirectory? Find(ReadOnlySpan<byte> path) => Open(Descriptor, path.IsEmpty ? "."u8 : path);

    /// <exception cref="IOException">It exists already, or can't be made.</exception>
    public void MakeDirectory(ReadOnlySpan<byte> path)
    {
        fixed (byte* name = Terminated(path))
        {
            Check(Libc.mkdirat(_directory, name, DirectoryMode), "make", path);
        }
    }

    /// <exception cref="IOException">It exists already, or can't be written.</exception>
    public IndexStat WriteFile(ReadOnlySpan<byte> name, bool executable, ReadOnlySpan<byte> content)
    {
        var file = New(name, executable);
        try
        {
            Write(file, name, content);
            return FileStatus.TryRead(file, out var status) ? IndexStat.Of(status) : throw Failed("look at", name);
        }
        finally
        {
            _ = Libc.close(file);
        }
    }

    /// <summary>Makes a copy of a file, with its content and the time of that.</summary>
    /// <exception cref="IOException">The name exists already, or it can't be written.</exception>
    public IndexStat CopyFile(ReadOnlySpan<byte> name, bool executable, SafeFileHandle from)
    {
        var buffer = new byte[CopySize];
        using var file = new SafeFileHandle(New(name, executable), ownsHandle: true);
        var position = 0L;
        for (int read; (read = RandomAccess.Read(from, buffer, position)) > 0; position += read)
        {
            Write((int)file.DangerousGetHandle(), name, buffer.AsSpan(0, read));
        }

        File.SetLastWriteTimeUtc(file, File.GetLastWriteTimeUtc(from));
        return FileStatus.TryRead((int)file.DangerousGetHandle(), out var status) ? IndexStat.Of(status) : throw Failed("look at", name);
    }

    /// <exception cref="IOException">It can't be removed.</exception>
    public void Remove(ReadOnlySpan<byte> name)
    {
        fixed (byte* path = Terminated(name))
        {
            Check(Libc.unlinkat(_directory, path, 0), "remove", name);
        }
    }

    /// <exception cref="IOException">The name exists already, or the link can't be made.</exception>
    public IndexStat MakeSymbolicLink(ReadOnlySpan<byte> name, ReadOnlySpan<byte> target)
    {
        fixed (byte* path = Terminated(name))
        fixed (byte* leadsTo = Terminated(target))
        {
            Check(Libc.symlinkat(leadsTo, _directory, path), "link", name);
        }

        return StatOf(name);
    }

    /// <summary>Gives a file of another directory a second name here.</summary>
    /// <returns>Whether it could be done; nothing has changed if not.</returns>
    public bool TryLink(WorkingDirectory other, ReadOnlySpan<byte> name, out IndexStat stat) => TryLink(other, name, name, out stat);

    /// <summary>Gives a file of another directory a second name here, which may be another one.</summary>
    /// <returns>Whether it could be done; nothing has changed if not.</returns>
    public bool TryLink(WorkingDirectory other, ReadOnlySpan<byte> otherName, ReadOnlySpan<byte> name, out IndexStat stat)
    {
        int result;
        fixed (byte* from = Terminated(otherName))
        fixed (byte* to = Terminated(name))
        {
            result = Libc.linkat(other._directory, from, _directory, to, 0);
        }

        stat = result == 0 ? StatOf(name) : default;
        return result == 0;
    }

    /// <summary>What is there under a name, if it is a regular file.</summary>
    public IndexStat? FindFile(ReadOnlySpan<byte> name, bool executable) =>
        FileStatus.TryRead(Descriptor, Terminated(name), out var status) && status.IsRegular && status.IsExecutable == executable
            ? IndexStat.Of(status)
            : null;

    public void Dispose() => _directory.Dispose();

    private static WorkingDirectory? Open(int directory, ReadOnlySpan<byte> path)
    {
        fixed (byte* name = Terminated(path))
        {
            var descriptor = Libc.openat(directory, name, NativeFile.OnlyDirectory | NativeFile.FollowNoLink | NativeFile.CloseOnExec, 0);
            return descriptor < 0 ? null : new WorkingDirectory(new SafeFileHandle(descriptor, ownsHandle: true));
        }
    }

    private int New(ReadOnlySpan<byte> name, bool executable)
    {
        fixed (byte* path = Terminated(name))
        {
            var file = Libc.openat(
                Descriptor,
                path,
                WriteNew | NativeFile.FollowNoLink | NativeFile.CloseOnExec,
                executable ? DirectoryMode : RegularMode
            );
            Check(file, "write", name);
            return file;
        }
    }

    private static void Write(int file, ReadOnlySpan<byte> name, ReadOnlySpan<byte> content)
    {
        fixed (byte* data = content)
        {
            nint written = 0;
            while (written < content.Length)
            {
                var more = Libc.write(file, data + written, (nuint)(content.Length - written));
                Check((int)Math.Min(more, 0), "write", name);
                written += more;
            }
        }
    }

    private IndexStat StatOf(ReadOnlySpan<byte> name) =>
        FileStatus.TryRead(Descriptor, Terminated(name), out var status) ? IndexStat.Of(status) : throw Failed("look at", name);

    private static byte[] Terminated(ReadOnlySpan<byte> text) => [.. text, 0];

    private static void Check(int result, string what, ReadOnlySpan<byte> name)
    {
        if (result < 0)
        {
            throw Failed(what, name);
        }
    }

    private static IOException Failed(string what, ReadOnlySpan<byte> name) =>
        NativeFile.LastError($"{what} {Encoding.UTF8.GetString(name)}");
}

using System.Runtime.InteropServices;
using System.Text;
using CodeRepoOperator.Remotes.Files;
using Microsoft.Win32.SafeHandles;

namespace CodeRepoOperator.GitWorker.Checking;

/// <summary>
/// A folder held open, and the files below it by paths that are bytes, which .NET's own calls can't express. They start at the
/// folder, so that what git could check out can be read wherever the folder is: a path from the system's root may be longer than
/// the system takes (PATH_MAX). Links at the end of a path are never followed.
/// </summary>
internal sealed unsafe partial class RawFolder : IDisposable
{
    // Linux, on every architecture.
    private const int NotFound = 2;
    private const int NotAFolder = 20;
    private const int NameTooLong = 36;

    // O_RDONLY | O_NONBLOCK: nothing that may have been put there makes us wait.
    private const int NotBlocking = 0x800;

    // struct dirent64: two numbers of 8 bytes, its length, the type, the name.
    private const int TypeOffset = 18;
    private const int NameOffset = 19;
    private const byte UnknownType = 0;
    private const byte FolderType = 4;

    private readonly SafeFileHandle _root;

    private RawFolder(SafeFileHandle root) => _root = root;

    private int Descriptor => (int)_root.DangerousGetHandle();

    /// <summary>Opens a folder.</summary>
    /// <exception cref="IOException">It can't be opened.</exception>
    public static RawFolder Open(string path)
        => new(Open(FileStatus.CurrentFolder, Encoding.UTF8.GetBytes(path), NativeFile.OnlyFolder) ?? throw Failed());

    /// <summary>Looks at a file.</summary>
    /// <returns>What it is; null: there is none.</returns>
    /// <exception cref="IOException">The volume refuses.</exception>
    public FileStatus? Look(ReadOnlySpan<byte> path) =>
        FileStatus.TryRead(Descriptor, Terminated(path), out var status) ? status
        : Marshal.GetLastPInvokeError() is NotFound or NotAFolder ? null
        : throw Failed();

    /// <summary>Opens a file to be read.</summary>
    /// <exception cref="IOException">The volume refuses.</exception>
    public SafeFileHandle OpenFile(ReadOnlySpan<byte> path) => Open(Descriptor, path, NativeFile.FollowNoLink) ?? throw Failed();

    /// <summary>Where a link leads.</summary>
    /// <exception cref="IOException">The volume refuses.</exception>
    public byte[] ReadLink(ReadOnlySpan<byte> path, long size)
    {
        // One more than it should be: a longer one must not pass for it.
        var target = new byte[size + 1];
        fixed (byte* name = Terminated(path))
        fixed (byte* into = target)
        {
            var length = readlinkat(Descriptor, name, into, (nuint)target.Length);
            return length >= 0 ? target[..(int)length] : throw Failed();
        }
    }

    /// <summary>What a folder holds.</summary>
    /// <param name="path">The folder; empty: the root.</param>
    /// <returns>The names, and which are folders; null: it is gone, or its path is longer than any that git checks out.</returns>
    /// <exception cref="IOException">The volume refuses.</exception>
    public List<(byte[] Name, bool IsFolder)>? List(ReadOnlySpan<byte> path)
    {
        if (Open(Descriptor, path.IsEmpty ? "."u8 : path, NativeFile.OnlyFolder | NativeFile.FollowNoLink) is not { } folder)
        {
            return Marshal.GetLastPInvokeError() is NotFound or NotAFolder or NameTooLong ? null : throw Failed();
        }

        // From here on the stream owns the descriptor.
        var stream = fdopendir((int)folder.DangerousGetHandle());
        if (stream == 0)
        {
            var failed = Failed();
            folder.Dispose();
            throw failed;
        }

        folder.SetHandleAsInvalid();
        try
        {
            return List(stream, path);
        }
        finally
        {
            _ = closedir(stream);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _root.Dispose();

    /// <summary>The path of something in a folder.</summary>
    public static byte[] Combine(ReadOnlySpan<byte> folder, ReadOnlySpan<byte> name) => folder.IsEmpty ? name.ToArray() : [.. folder, (byte)'/', .. name];

    private List<(byte[] Name, bool IsFolder)> List(nint stream, ReadOnlySpan<byte> folder)
    {
        var found = new List<(byte[], bool)>();
        while (true)
        {
            var entry = (byte*)readdir(stream);
            if (entry is null)
            {
                return Marshal.GetLastPInvokeError() == 0 ? found : throw Failed();
            }

            var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry + NameOffset);
            if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
            {
                var type = entry[TypeOffset];
                found.Add((name.ToArray(), type == UnknownType ? Look(Combine(folder, name)) is { IsFolder: true } : type == FolderType));
            }
        }
    }

    private static SafeFileHandle? Open(int folder, ReadOnlySpan<byte> path, int flags)
    {
        fixed (byte* name = Terminated(path))
        {
            var descriptor = openat(folder, name, flags | NotBlocking | NativeFile.CloseOnExec);
            return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : null;
        }
    }

    private static byte[] Terminated(ReadOnlySpan<byte> path) => [.. path, 0];

    private static IOException Failed()
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException(Marshal.GetPInvokeErrorMessage(error), error);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int openat(int folder, byte* path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint readlinkat(int folder, byte* path, byte* target, nuint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint fdopendir(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint readdir(nint stream);

    [LibraryImport("libc")]
    private static partial int closedir(nint stream);
}

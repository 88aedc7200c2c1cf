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
internal sealed unsafe class RawFolder : IDisposable
{
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
        : Marshal.GetLastPInvokeError() is NativeFile.NotFound or NativeFile.NotAFolder ? null
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
            var length = Libc.readlinkat(_root, name, into, (nuint)target.Length);
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
            return Marshal.GetLastPInvokeError() is NativeFile.NotFound or NativeFile.NotAFolder or NativeFile.NameTooLong ? null : throw Failed();
        }

        using var stream = new DirectoryStream(folder);
        var found = new List<(byte[], bool)>();
        while (stream.ReadNext(out var name, out var isFolder))
        {
            found.Add((name.ToArray(), isFolder ?? Look(Combine(path, name)) is { IsFolder: true }));
        }

        return found;
    }

    /// <inheritdoc />
    public void Dispose() => _root.Dispose();

    /// <summary>The path of something in a folder.</summary>
    public static byte[] Combine(ReadOnlySpan<byte> folder, ReadOnlySpan<byte> name) => folder.IsEmpty ? name.ToArray() : [.. folder, (byte)'/', .. name];

    private static SafeFileHandle? Open(int folder, ReadOnlySpan<byte> path, int flags)
    {
        fixed (byte* name = Terminated(path))
        {
            var descriptor = Libc.openat(folder, name, flags | NativeFile.NotBlocking | NativeFile.CloseOnExec, 0);
            return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : null;
        }
    }

    private static byte[] Terminated(ReadOnlySpan<byte> path) => [.. path, 0];

    private static IOException Failed()
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException(Marshal.GetPInvokeErrorMessage(error), error);
    }
}

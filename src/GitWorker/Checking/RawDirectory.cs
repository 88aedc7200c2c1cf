using System.Runtime.InteropServices;
using System.Text;
using CodeRepoOperator.Remotes.Files;
using Microsoft.Win32.SafeHandles;

namespace CodeRepoOperator.GitWorker.Checking;

/// <summary>
/// A directory held open, and the files below it by paths that are bytes, which .NET's own calls can't express. They start at the
/// directory, so that what git could check out can be read wherever the directory is: a path from the system's root may be longer than
/// the system takes (PATH_MAX). Links at the end of a path are never followed.
/// </summary>
internal sealed unsafe class RawDirectory : IDisposable
{
    private readonly SafeFileHandle _root;

    private RawDirectory(SafeFileHandle root) => _root = root;

    private int Descriptor => (int)_root.DangerousGetHandle();

    /// <exception cref="IOException">It can't be opened.</exception>
    public static RawDirectory Open(string path) =>
        new(Open(FileStatus.CurrentDirectory, Encoding.UTF8.GetBytes(path), NativeFile.OnlyDirectory) ?? throw Failed());

    /// <returns>What it is; null: there is none.</returns>
    /// <exception cref="IOException">The volume refuses.</exception>
    public FileStatus? Look(ReadOnlySpan<byte> path) =>
        FileStatus.TryRead(Descriptor, Terminated(path), out var status) ? status
        : Marshal.GetLastPInvokeError() is NativeFile.NotFound or NativeFile.NotADirectory ? null
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

    /// <summary>What a directory holds.</summary>
    /// <param name="path">The directory; empty: the root.</param>
    /// <returns>The names, and which are directories; null: it is gone, or its path is longer than any that git checks out.</returns>
    /// <exception cref="IOException">The volume refuses.</exception>
    public List<(byte[] Name, bool IsDirectory)>? List(ReadOnlySpan<byte> path)
    {
        if (Open(Descriptor, path.IsEmpty ? "."u8 : path, NativeFile.OnlyDirectory | NativeFile.FollowNoLink) is not { } directory)
        {
            return Marshal.GetLastPInvokeError() is NativeFile.NotFound or NativeFile.NotADirectory or NativeFile.NameTooLong
                ? null
                : throw Failed();
        }

        using var stream = new DirectoryStream(directory);
        var found = new List<(byte[], bool)>();
        while (stream.ReadNext(out var name, out var isDirectory))
        {
            found.Add((name.ToArray(), isDirectory ?? Look(Combine(path, name)) is { IsDirectory: true }));
        }

        return found;
    }

    /// <inheritdoc />
    public void Dispose() => _root.Dispose();

    /// <summary>The path of something in a directory.</summary>
    public static byte[] Combine(ReadOnlySpan<byte> directory, ReadOnlySpan<byte> name) =>
        directory.IsEmpty ? name.ToArray() : [.. directory, (byte)'/', .. name];

    private static SafeFileHandle? Open(int directory, ReadOnlySpan<byte> path, int flags)
    {
        fixed (byte* name = Terminated(path))
        {
            var descriptor = Libc.openat(directory, name, flags | NativeFile.NotBlocking | NativeFile.CloseOnExec, 0);
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

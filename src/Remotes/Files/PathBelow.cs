using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace CodeRepoOperator.Remotes.Files;

/// <summary>Opens paths that may not leave a directory.</summary>
internal static unsafe class PathBelow
{
    private const nint OpenAt2 = 437; // Of one number on every architecture.
    private const ulong NoSymbolicLinks = 0x04; // RESOLVE_NO_SYMLINKS
    private const ulong Beneath = 0x08; // RESOLVE_BENEATH

    private static volatile bool s_byName;

    /// <summary>Whether paths are walked name by name, as where the kernel does not have <c>openat2</c>. Tests set it.</summary>
    internal static bool ByName
    {
        get => s_byName;
        set => s_byName = value;
    }

    /// <summary>Opens a path from a directory.</summary>
    /// <param name="directory">The descriptor of the directory.</param>
    /// <param name="path">Ends with NUL.</param>
    /// <param name="flags">Of <c>open</c>.</param>
    /// <param name="mode">Of a file that is made, less the umask.</param>
    /// <returns>What was opened; null: there is nothing that could be.</returns>
    /// <exception cref="IOException">It can't be opened.</exception>
    public static SafeFileHandle? Open(int directory, ReadOnlySpan<byte> path, int flags, uint mode = 0)
    {
        fixed (byte* name = path)
        {
            return Opened(Libc.openat(directory, name, flags | NativeFile.CloseOnExec, mode), path);
        }
    }

    /// <summary>Opens a path below a directory. No link in it is followed.</summary>
    /// <param name="directory">The descriptor of the directory.</param>
    /// <param name="path">Names with slashes between them.</param>
    /// <param name="flags">Of <c>open</c>.</param>
    /// <returns>What was opened; null: there is nothing that could be.</returns>
    /// <exception cref="IOException">It can't be opened.</exception>
    public static SafeFileHandle? OpenWithoutLinks(int directory, ReadOnlySpan<byte> path, int flags)
    {
        if (!s_byName)
        {
            byte[] terminated = [.. path, 0];
            fixed (byte* name = terminated)
            {
                var how = new Libc.OpenHow { Flags = (ulong)(flags | NativeFile.CloseOnExec), Resolve = Beneath | NoSymbolicLinks };
                var descriptor = (int)Libc.openat2(OpenAt2, directory, name, &how, sizeof(Libc.OpenHow));
                if (
                    descriptor >= 0
                    || Marshal.GetLastPInvokeError() is not (NativeFile.NotImplemented or NativeFile.NotPermitted or NativeFile.TryAgain)
                )
                {
                    return Opened(descriptor, terminated);
                }

                // Not permitted: by a seccomp filter that does not know the call.
                s_byName |= Marshal.GetLastPInvokeError() != NativeFile.TryAgain;
            }
        }

        return Walk(directory, path, flags);
    }

    private static SafeFileHandle? Walk(int directory, ReadOnlySpan<byte> path, int flags)
    {
        SafeFileHandle? parent = null;
        try
        {
            for (var slash = path.IndexOf((byte)'/'); slash >= 0; slash = path.IndexOf((byte)'/'))
            {
                var inner = Open(Descriptor(parent, directory), [.. path[..slash], 0], NativeFile.OnlyDirectory | NativeFile.FollowNoLink);
                parent?.Dispose();
                parent = inner;
                if (parent is null)
                {
                    return null;
                }

                path = path[(slash + 1)..];
            }

            return Open(Descriptor(parent, directory), [.. path, 0], flags | NativeFile.FollowNoLink);
        }
        finally
        {
            parent?.Dispose();
        }
    }

    private static int Descriptor(SafeFileHandle? parent, int directory) => parent is null ? directory : (int)parent.DangerousGetHandle();

    private static SafeFileHandle? Opened(int descriptor, ReadOnlySpan<byte> path) =>
        descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true)
        : NativeFile.IsAbsence(Marshal.GetLastPInvokeError()) ? null
        : throw NativeFile.LastError($"open {Encoding.UTF8.GetString(path[..^1])}");
}

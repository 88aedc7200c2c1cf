using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace CodeRepoOperator.Remotes.Files;

/// <summary>The names in a directory that is open, one after the other, without <c>.</c> and <c>..</c>.</summary>
internal sealed unsafe class DirectoryStream : IDisposable
{
    // struct dirent of 64-bit Linux: two numbers of 8 bytes, its length, the type, the name.
    private const int TypeOffset = 18;
    private const int NameOffset = 19;
    private const byte UnknownType = 0; // DT_UNKNOWN
    private const byte DirectoryType = 4; // DT_DIR

    private readonly nint _stream;

    /// <summary>Begins to read.</summary>
    /// <param name="directory">The directory, opened for nothing else: it is closed with this, or when this fails.</param>
    /// <exception cref="IOException">It can't be read.</exception>
    public DirectoryStream(SafeFileHandle directory)
    {
        using (directory)
        {
            _stream = Libc.fdopendir((int)directory.DangerousGetHandle());
            if (_stream == 0)
            {
                throw NativeFile.LastError("read a directory");
            }

            // From here on the stream owns the descriptor.
            directory.SetHandleAsInvalid();
        }
    }

    /// <summary>Reads the next name.</summary>
    /// <param name="name">It, valid until the next call.</param>
    /// <param name="isDirectory">Whether it is a directory's; null: the file system does not say.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="IOException">The directory can't be read.</exception>
    public bool ReadNext(out ReadOnlySpan<byte> name, out bool? isDirectory)
    {
        while (true)
        {
            var entry = Libc.readdir(_stream);
            if (entry is null)
            {
                name = default;
                isDirectory = null;
                return Marshal.GetLastPInvokeError() == 0 ? false : throw NativeFile.LastError("read a directory");
            }

            name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry + NameOffset);
            isDirectory = entry[TypeOffset] == UnknownType ? null : entry[TypeOffset] == DirectoryType;
            if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
            {
                return true;
            }
        }
    }

    /// <inheritdoc />
    public void Dispose() => _ = Libc.closedir(_stream);
}

using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace CodeRepoOperator.Remotes.Files;

/// <summary>The names in a folder that is open, one after the other, without <c>.</c> and <c>..</c>.</summary>
internal sealed unsafe class DirectoryStream : IDisposable
{
    // struct dirent of 64-bit Linux: two numbers of 8 bytes, its length, the type, the name.
    private const int TypeOffset = 18;
    private const int NameOffset = 19;
    private const byte UnknownType = 0; // DT_UNKNOWN
    private const byte FolderType = 4; // DT_DIR

    private readonly nint _stream;

    /// <summary>Begins to read.</summary>
    /// <param name="folder">The folder, opened for nothing else: it is closed with this, or when this fails.</param>
    /// <exception cref="IOException">It can't be read.</exception>
    public DirectoryStream(SafeFileHandle folder)
    {
        using (folder)
        {
            _stream = Libc.fdopendir((int)folder.DangerousGetHandle());
            if (_stream == 0)
            {
                throw NativeFile.LastError("read a folder");
            }

            // From here on the stream owns the descriptor.
            folder.SetHandleAsInvalid();
        }
    }

    /// <summary>Reads the next name.</summary>
    /// <param name="name">It, valid until the next call.</param>
    /// <param name="isFolder">Whether it is a folder's; null: the file system does not say.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="IOException">The folder can't be read.</exception>
    public bool ReadNext(out ReadOnlySpan<byte> name, out bool? isFolder)
    {
        while (true)
        {
            var entry = Libc.readdir(_stream);
            if (entry is null)
            {
                name = default;
                isFolder = null;
                return Marshal.GetLastPInvokeError() == 0 ? false : throw NativeFile.LastError("read a folder");
            }

            name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry + NameOffset);
            isFolder = entry[TypeOffset] == UnknownType ? null : entry[TypeOffset] == FolderType;
            if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
            {
                return true;
            }
        }
    }

    /// <inheritdoc />
    public void Dispose() => _ = Libc.closedir(_stream);
}

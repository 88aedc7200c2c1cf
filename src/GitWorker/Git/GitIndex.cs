using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;

namespace CodeRepoOperator.GitWorker.Git;

/// <summary>Git's index with its paths as bytes: LibGit2Sharp makes text of them, which not every path is.</summary>
internal sealed unsafe partial class GitIndex : IDisposable
{
    private readonly nint _index;

    private GitIndex(nint index) => _index = index;

    /// <summary>How many entries it has.</summary>
    public int Count => (int)git_index_entrycount(_index);

    /// <summary>Opens an index.</summary>
    /// <exception cref="LibGit2Exception">It is none.</exception>
    public static GitIndex Open(string path)
    {
        LibGit2.Check(git_index_open(out var index, path));
        return new GitIndex(index);
    }

    /// <summary>One of its entries.</summary>
    public GitIndexEntry Read(int position)
    {
        var entry = git_index_get_byindex(_index, (nuint)position);
        return new GitIndexEntry(
            MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry->Path).ToArray(),
            entry->Mode,
            new ReadOnlySpan<byte>(entry->Id, IdSize).ToArray(),
            new IndexStat(
                unchecked((uint)entry->ChangedSeconds),
                entry->ChangedNanoseconds,
                unchecked((uint)entry->ModifiedSeconds),
                entry->ModifiedNanoseconds,
                entry->Device,
                entry->Inode,
                entry->User,
                entry->Group,
                entry->Size),
            (entry->Flags & StageMask) >> StageShift);
    }

    public void Dispose() => git_index_free(_index);

    private const int IdSize = 20;
    private const int StageMask = 0x3000; // GIT_INDEX_ENTRY_STAGEMASK
    private const int StageShift = 12;

    [LibraryImport(LibGit2.Library)]
    private static partial int git_index_open(out nint index, [MarshalUsing(typeof(Utf8StringMarshaller))] string path);

    [LibraryImport(LibGit2.Library)]
    private static partial nuint git_index_entrycount(nint index);

    [LibraryImport(LibGit2.Library)]
    private static partial NativeEntry* git_index_get_byindex(nint index, nuint position);

    [LibraryImport(LibGit2.Library)]
    private static partial void git_index_free(nint index);

    /// <summary><c>git_index_entry</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct NativeEntry
    {
        public int ChangedSeconds;
        public uint ChangedNanoseconds;
        public int ModifiedSeconds;
        public uint ModifiedNanoseconds;
        public uint Device;
        public uint Inode;
        public uint Mode;
        public uint User;
        public uint Group;
        public uint Size;
        public fixed byte Id[IdSize];
        public ushort Flags;
        public ushort ExtendedFlags;
        public byte* Path;
    }
}

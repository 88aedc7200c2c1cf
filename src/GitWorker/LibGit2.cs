using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;
using LibGit2SharpException = LibGit2Sharp.LibGit2SharpException;

namespace CodeRepoOperator.GitWorker;

/// <summary>What LibGit2Sharp's public API lacks of the library that it ships.</summary>
internal static unsafe partial class LibGit2
{
    /// <summary>The very file that LibGit2Sharp loads: a second copy would not be initialised. A test holds the names together.</summary>
    internal const string Library = "git2-5853918";

    /// <summary>Of the library whose layouts and rules this code was written for.</summary>
    internal static readonly Version Supported = new(1, 8);

    /// <summary>The version in use.</summary>
    public static Version Version()
    {
        int major, minor, revision;
        _ = git_libgit2_version(&major, &minor, &revision);
        return new Version(major, minor, revision);
    }

    /// <summary>Calls LibGit2Sharp, whose own exceptions mostly leave the error's category out.</summary>
    /// <exception cref="LibGit2Exception">The call failed.</exception>
    public static void Run(Action call)
    {
        try
        {
            call();
        }
        catch (LibGit2SharpException e)
        {
            // Kept for each thread until the next error.
            var error = git_error_last();
            throw new LibGit2Exception(error is null ? 0 : error->Category, e.Message);
        }
    }

    /// <exception cref="LibGit2Exception">The call failed.</exception>
    internal static void Check(int result)
    {
        if (result < 0)
        {
            var error = git_error_last();
            throw error is null
                ? new LibGit2Exception(0, "unknown error")
                : new LibGit2Exception(error->Category, Utf8StringMarshaller.ConvertToManaged(error->Message) ?? "unknown error");
        }
    }

    [LibraryImport(Library)]
    internal static partial int git_odb_open(out nint odb, [MarshalUsing(typeof(Utf8StringMarshaller))] string directory);

    [LibraryImport(Library)]
    internal static partial void git_odb_free(nint odb);

    [LibraryImport(Library)]
    internal static partial int git_indexer_new(
        out nint indexer, [MarshalUsing(typeof(Utf8StringMarshaller))] string directory, uint mode, nint odb, nint options);

    [LibraryImport(Library)]
    internal static partial int git_indexer_append(nint indexer, byte* data, nuint size, IndexerProgress* progress);

    [LibraryImport(Library)]
    internal static partial int git_indexer_commit(nint indexer, IndexerProgress* progress);

    [LibraryImport(Library)]
    internal static partial void git_indexer_free(nint indexer);

    [LibraryImport(Library)]
    private static partial int git_libgit2_version(int* major, int* minor, int* revision);

    [LibraryImport(Library)]
    private static partial NativeError* git_error_last();

    [StructLayout(LayoutKind.Sequential)]
    private struct NativeError
    {
        public byte* Message;
        public int Category;
    }

    /// <summary><c>git_indexer_progress</c>: six counters, then the bytes received.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct IndexerProgress
    {
        public uint TotalObjects;
        public uint IndexedObjects;
        public uint ReceivedObjects;
        public uint LocalObjects;
        public uint TotalDeltas;
        public uint IndexedDeltas;
        public nuint ReceivedBytes;
    }
}

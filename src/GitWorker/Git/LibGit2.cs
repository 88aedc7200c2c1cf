using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;
using GlobalSettings = LibGit2Sharp.GlobalSettings;
using LibGit2SharpException = LibGit2Sharp.LibGit2SharpException;

namespace CodeRepoOperator.GitWorker.Git;

/// <summary>What LibGit2Sharp's public API lacks of the library that it ships.</summary>
internal static unsafe partial class LibGit2
{
    /// <summary>The very file that LibGit2Sharp loads: a second copy would not be initialised. A test holds the names together.</summary>
    internal const string Library = "git2-5853918";

    /// <summary>Of the library whose layouts and rules this code was written for.</summary>
    internal static readonly Version Supported = new(1, 8);

    /// <summary>The library has to be initialised before it is called; LibGit2Sharp does so when it is first asked for something.</summary>
    static LibGit2() => _ = GlobalSettings.Version.Features;

    /// <summary>The version in use.</summary>
    public static Version Version()
    {
        int major,
            minor,
            revision;
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

    /// <summary>From here on objects that are read are not hashed once more.</summary>
    public static void TrustObjects()
    {
        const int EnableStrictHashVerification = 22;
        Check(git_libgit2_opts(EnableStrictHashVerification, 0));
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
    internal static partial int git_odb_hash(ObjectId* id, byte* data, nuint size, int kind);

    [LibraryImport(Library)]
    internal static partial int git_odb_read(out nint found, nint odb, ObjectId* id);

    [LibraryImport(Library)]
    internal static partial int git_odb_exists_ext(nint odb, ObjectId* id, uint flags);

    [LibraryImport(Library)]
    internal static partial void* git_odb_object_data(nint found);

    [LibraryImport(Library)]
    internal static partial nuint git_odb_object_size(nint found);

    [LibraryImport(Library)]
    internal static partial int git_odb_object_type(nint found);

    [LibraryImport(Library)]
    internal static partial void git_odb_object_free(nint found);

    /// <summary>Variadic; of the options used here all take one int.</summary>
    [LibraryImport(Library)]
    private static partial int git_libgit2_opts(int option, int value);

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
}

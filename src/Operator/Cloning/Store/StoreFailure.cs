using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Text;

namespace CodeRepoOperator.Cloning.Store;

/// <summary>What the volume refuses, in words for a user.</summary>
internal static class StoreFailure
{
    /// <summary>The volume can be read only.</summary>
    public static readonly CloneFailure ReadOnly = new(
        Reasons.StoreUnavailable,
        "The volume is read-only: mount it writable; if the kernel made it so after errors, its node's log says which."
    );

    /// <summary>Turns an I/O error into a failure.</summary>
    public static CloneFailure From(Exception error) =>
        error.HResult switch
        {
            NativeFile.NoSpaceLeft or NativeFile.QuotaExceeded => CloneFailure.StoreFull,
            NativeFile.ReadOnlyFileSystem => ReadOnly,
            _ => new CloneFailure(Reasons.StoreUnavailable, $"The volume can't be used: {ForeignText.Shown(error.Message)}"),
        };

    /// <summary>Whether the volume is to blame.</summary>
    public static bool IsOf(Exception error) => error is IOException or UnauthorizedAccessException;
}

using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Text;

namespace CodeRepoOperator.Cloning.Store;

/// <summary>What the volume refuses, in words for a user.</summary>
internal static class StoreFailure
{
    private const int NoSpaceLeft = 28; // ENOSPC
    private const int ReadOnlyFileSystem = 30; // EROFS
    private const int QuotaExceeded = 122; // EDQUOT

    /// <summary>The volume can be read only.</summary>
    public static readonly CloneFailure ReadOnly = new(
        Reasons.StoreUnavailable,
        "The volume is read-only: mount it writable; if the kernel made it so after errors, its node's log says which.");

    /// <summary>Turns an I/O error into a failure.</summary>
    public static CloneFailure From(Exception error) => error.HResult switch
    {
        NoSpaceLeft or QuotaExceeded => CloneFailure.StoreFull,
        ReadOnlyFileSystem => ReadOnly,
        _ => new CloneFailure(Reasons.StoreUnavailable, $"The volume can't be used: {ForeignText.Shown(error.Message)}"),
    };

    /// <summary>Whether the volume is to blame.</summary>
    public static bool IsOf(Exception error) => error is IOException or UnauthorizedAccessException;
}

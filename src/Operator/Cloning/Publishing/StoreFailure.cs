using CodeRepoOperator.Cloning.Remotes;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Cloning.Publishing;

/// <summary>What the volume refuses, in words for a user.</summary>
internal static class StoreFailure
{
    private const int NoSpaceLeft = 28; // ENOSPC
    private const int QuotaExceeded = 122; // EDQUOT

    /// <summary>Turns an I/O error into a failure.</summary>
    public static CloneFailure From(Exception error) => error.HResult is NoSpaceLeft or QuotaExceeded
        ? CloneFailure.StoreFull
        : new CloneFailure(Reasons.StoreUnavailable, $"The volume can't be used: {error.Message}");

    /// <summary>Whether the volume is to blame.</summary>
    public static bool IsOf(Exception error) => error is IOException or UnauthorizedAccessException;
}

using System.Runtime.InteropServices;
using CodeRepoOperator.Cloning.Remotes;
using CodeRepoOperator.Entities;
using LibGit2Sharp;

namespace CodeRepoOperator.GitWorker;

/// <summary>What an error of the file system or of libgit2 means for a clone.</summary>
internal static class LocalFailure
{
    // errno of Linux.
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;

    // git_error_t.
    private const int Os = 2;
    private const int Checkout = 20;

    /// <summary>Whether <see cref="Of(Exception)"/> knows what it means.</summary>
    public static bool Knows(Exception e) => e is LibGit2SharpException or LibGit2Exception or IOException or UnauthorizedAccessException;

    /// <summary>The failure that an exception stands for.</summary>
    public static CloneFailure Of(Exception e) => e switch
    {
        LibGit2Exception native => Of(native.Category, native.Message),
        LibGit2SharpException library => Of(0, library.Message),
        IOException { HResult: NoSpace or QuotaExceeded } => CloneFailure.StoreFull,
        _ => Unavailable(e.Message),
    };

    private static CloneFailure Of(int category, string message) => category switch
    {
        // libgit2 hands errno on as the system's text only, so it is the system's text that is compared with.
        Os when message.Contains(Marshal.GetPInvokeErrorMessage(NoSpace), StringComparison.Ordinal) => CloneFailure.StoreFull,
        Os when message.Contains(Marshal.GetPInvokeErrorMessage(QuotaExceeded), StringComparison.Ordinal) => CloneFailure.StoreFull,
        Os => Unavailable(message),
        Checkout => new CloneFailure(
            Reasons.Unsupported,
            $"The repository holds a path that can't be checked out safely ({RemoteText.Escaped(message)}): "
            + "remove or rename it on the branch, or choose another branch by spec.branch."),
        _ => new CloneFailure(
            Reasons.TransferFailed, $"The repository's objects are damaged or incomplete: {RemoteText.Shown(message)}"),
    };

    private static CloneFailure Unavailable(string message) =>
        new(Reasons.StoreUnavailable, $"The volume can't be written: {RemoteText.Shown(message)}");
}

using System.Runtime.InteropServices;
using CodeRepoOperator.Entities;
using CodeRepoOperator.GitWorker.Git;
using CodeRepoOperator.GitWorker.Packs;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Files;
using LibGit2Sharp;

namespace CodeRepoOperator.GitWorker;

/// <summary>What an error of the file system or of libgit2 means for a clone.</summary>
internal static class LocalFailure
{
    // git_error_t.
    private const int NoMemory = 1;
    private const int Os = 2;

    /// <summary>Whether <see cref="Of(Exception)"/> knows what it means.</summary>
    public static bool Knows(Exception e) =>
        e
            is LibGit2SharpException
                or LibGit2Exception
                or PackDamage
                or InvalidDataException
                or IOException
                or UnauthorizedAccessException
                or OutOfMemoryException;

    /// <summary>The failure that an exception stands for.</summary>
    public static CloneFailure Of(Exception e) =>
        e switch
        {
            LibGit2Exception native => Of(native.Category, native.Message),
            LibGit2SharpException library => Of(0, library.Message),
            PackDamage or InvalidDataException => Of(0, e.Message),
            IOException { HResult: NativeFile.NoSpaceLeft or NativeFile.QuotaExceeded } => CloneFailure.StoreFull,
            IOException { HResult: NativeFile.Exists or NativeFile.NameTooLong or NativeFile.NotInEncoding } => Unsafe(e.Message),
            OutOfMemoryException => TooMuchMemory,
            _ => Unavailable(e.Message),
        };

    private static CloneFailure Of(int category, string message) =>
        category switch
        {
            // libgit2 hands errno on as the system's text only, so it is the system's text that is compared with.
            Os when message.Contains(Marshal.GetPInvokeErrorMessage(NativeFile.NoSpaceLeft), StringComparison.Ordinal) =>
                CloneFailure.StoreFull,
            Os when message.Contains(Marshal.GetPInvokeErrorMessage(NativeFile.QuotaExceeded), StringComparison.Ordinal) =>
                CloneFailure.StoreFull,
            Os => Unavailable(message),
            NoMemory => TooMuchMemory,
            _ => new CloneFailure(
                Reasons.TransferFailed,
                $"The repository's objects are damaged or incomplete: {RemoteText.Shown(message)}"
            ),
        };

    private static readonly CloneFailure TooMuchMemory = new(
        Reasons.TooLarge,
        "A file of the repository needs more memory than a clone may use: have the administrator raise Git:MaxCloneMemory, or choose "
            + "another branch."
    );

    private static CloneFailure Unsafe(string message) =>
        new(
            Reasons.Unsupported,
            $"The repository holds a path that can't be made on this volume ({RemoteText.Shown(message)}): "
                + "remove or rename it on the branch, or choose another branch by spec.branch."
        );

    private static CloneFailure Unavailable(string message) =>
        new(Reasons.StoreUnavailable, $"The volume can't be written: {RemoteText.Shown(message)}");
}

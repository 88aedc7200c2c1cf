using System.Runtime.InteropServices;

namespace CodeRepoOperator.Remotes.Files;

/// <summary>What all of our own calls of Linux share.</summary>
internal static class NativeFile
{
    // Linux, on every architecture.
    public const int NotPermitted = 1; // EPERM
    public const int NotFound = 2; // ENOENT
    public const int TryAgain = 11; // EAGAIN, and by another name EWOULDBLOCK: somebody else has the lock
    public const int AccessDenied = 13; // EACCES
    public const int Exists = 17; // EEXIST
    public const int NotADirectory = 20; // ENOTDIR
    public const int InvalidArgument = 22; // EINVAL
    public const int NoSpaceLeft = 28; // ENOSPC
    public const int ReadOnlyFileSystem = 30; // EROFS
    public const int NameTooLong = 36; // ENAMETOOLONG
    public const int NotImplemented = 38; // ENOSYS: the kernel does not have the call
    public const int NotInEncoding = 84; // EILSEQ: the file system takes no such name
    public const int NotSupported = 95; // EOPNOTSUPP
    public const int QuotaExceeded = 122; // EDQUOT
    public const int CloseOnExec = 0x80000; // O_CLOEXEC

    /// <summary>Nothing that may have been put on a volume makes an open wait: a FIFO without a writer does.</summary>
    public const int NotBlocking = 0x800; // O_NONBLOCK

    private const int NoSuchDevice = 6; // ENXIO: a socket
    private const int OtherFileSystem = 18; // EXDEV: a path that leads out of the directory it must stay in
    private const int TooManyLinks = 40; // ELOOP: a link where none may be followed

    private static readonly bool Arm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary>To open a directory and nothing else. This flag and the next differ by architecture.</summary>
    public static readonly int OnlyDirectory = Arm ? 0x4000 : 0x10000; // O_DIRECTORY

    /// <summary>To open no link at the end of a path.</summary>
    public static readonly int FollowNoLink = Arm ? 0x8000 : 0x20000; // O_NOFOLLOW

    /// <summary>
    /// The last call's error as .NET's own file errors are: the errno in the HResult, so that a full disk is distinguished in one way.
    /// </summary>
    public static IOException LastError(string what)
    {
        var errno = Marshal.GetLastPInvokeError();
        return new IOException($"{what}: {Marshal.GetPInvokeErrorMessage(errno)}", errno);
    }

    /// <summary>
    /// Whether an error says that what was asked for is not there, or something else is: a link, a file in place of a directory. All
    /// other errors (no descriptor left, a disk that fails, no permission, no memory) say nothing of what is there.
    /// </summary>
    public static bool IsAbsence(int errno) =>
        errno is NotFound or NotADirectory or TooManyLinks or NoSuchDevice or OtherFileSystem or NameTooLong;
}

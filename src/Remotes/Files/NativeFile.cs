using System.Runtime.InteropServices;

namespace CodeRepoOperator.Cloning.Remotes.Files;

/// <summary>What all of our own calls of Linux share.</summary>
internal static class NativeFile
{
    public const int CloseOnExec = 0x80000; // O_CLOEXEC

    private static readonly bool Arm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary>To open a folder and nothing else. This flag and the next differ by architecture.</summary>
    public static readonly int OnlyFolder = Arm ? 0x4000 : 0x10000; // O_DIRECTORY

    /// <summary>To open no link at the end of a path.</summary>
    public static readonly int FollowNoLink = Arm ? 0x8000 : 0x20000; // O_NOFOLLOW

    /// <summary>The last call's error as .NET's own file errors are: the errno in the HResult, so that a full disk is told apart in one way.</summary>
    public static IOException LastError(string what)
    {
        var errno = Marshal.GetLastPInvokeError();
        return new IOException($"{what}: {Marshal.GetPInvokeErrorMessage(errno)}", errno);
    }
}

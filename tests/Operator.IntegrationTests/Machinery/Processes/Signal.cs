using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace CodeRepoOperator.Machinery.Processes;

/// <summary>Sends signals as kill(2) does; a small system has no program for it.</summary>
internal static partial class Signal
{
    /// <summary>Ends a process without a chance to clean up.</summary>
    public const int Kill = 9;

    /// <summary>What Ctrl-C sends.</summary>
    public const int Interrupt = 2;

    /// <summary>Asks a process to end.</summary>
    public const int Terminate = 15;

    /// <summary>Stops a process until it is set to go on.</summary>
    public const int Stop = 19;

    /// <summary>Lets a stopped process go on.</summary>
    public const int Continue = 18;

    /// <summary>What a process gets that touches a page for which there is no room.</summary>
    public const int BusError = 7;

    /// <summary>Sends a signal to a process.</summary>
    public static void Send(Process process, int signal) => Send(process.Id, signal);

    /// <summary>Sends a signal to a process.</summary>
    public static void Send(int process, int signal)
    {
        if (kill(process, signal) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Sends a signal to a process that may have ended.</summary>
    public static void TrySend(int process, int signal) => _ = kill(process, signal);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int process, int signal);
}

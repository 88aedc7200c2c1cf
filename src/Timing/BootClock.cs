using System.Runtime.InteropServices;

namespace CodeRepoOperator.Timing;

/// <summary>
/// The time as the operator measures it. Timestamps are those of <c>CLOCK_BOOTTIME</c>: nobody can set that clock, and unlike
/// <c>CLOCK_MONOTONIC</c>, which .NET's own provider reads, it counts the time for which the machine was suspended. So a virtual machine
/// that was paused past a lease knows when it goes on. The wall clock is for what people read; no wait, grant or threshold depends on it.
/// </summary>
public sealed partial class BootClock : TimeProvider
{
    // CLOCK_BOOTTIME of Linux, on every architecture.
    private const int BootTime = 7;

    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>The only one: it has no state.</summary>
    public static readonly BootClock Instance = new();

    private BootClock() { }

    /// <inheritdoc />
    public override long TimestampFrequency => NanosecondsPerSecond;

    /// <inheritdoc />
    public override long GetTimestamp() =>
        clock_gettime(BootTime, out var time) == 0
            ? (time.Seconds * NanosecondsPerSecond) + time.Nanoseconds
            : throw new InvalidOperationException($"The system has no CLOCK_BOOTTIME: {Marshal.GetLastPInvokeErrorMessage()}.");

    [LibraryImport("libc", SetLastError = true)]
    private static partial int clock_gettime(int clock, out NativeTime time);

    /// <summary><c>struct timespec</c> of 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct NativeTime
    {
        public long Seconds;
        public long Nanoseconds;
    }
}

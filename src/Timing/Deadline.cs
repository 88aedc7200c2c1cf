using System.Runtime.InteropServices;

namespace CodeRepoOperator.Timing;

/// <summary>
/// An instant until which something holds, on the monotonic clock: setting the wall clock neither shortens nor prolongs it.
/// </summary>
/// <param name="Start">The timestamp from which it counts.</param>
/// <param name="Lasts">How long it lasts from there; zero or less: it has passed already.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Deadline(long Start, TimeSpan Lasts)
{
    /// <summary>One that has passed already.</summary>
    public static readonly Deadline Passed;

    /// <summary>One that is so far from now.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="wait">How far; zero or less: it has passed.</param>
    public static Deadline In(TimeProvider time, TimeSpan wait) => new(time.GetTimestamp(), wait);

    /// <summary>How long until it passes; zero or less: it has passed.</summary>
    /// <param name="time">The clock that it was made by.</param>
    public TimeSpan Left(TimeProvider time) => Lasts > TimeSpan.Zero ? Lasts - time.GetElapsedTime(Start) : TimeSpan.Zero;

    /// <summary>Whether it has passed.</summary>
    /// <param name="time">The clock that it was made by.</param>
    public bool HasPassed(TimeProvider time) => Left(time) <= TimeSpan.Zero;
}

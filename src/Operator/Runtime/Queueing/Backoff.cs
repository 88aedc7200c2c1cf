namespace CodeRepoOperator.Runtime.Queueing;

/// <summary>
/// Waits that double from 1 s to 15 min, each ± 20 %, so that what failed together does not come back together.
/// </summary>
internal sealed class Backoff(Random random)
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);

    /// <summary>How far a jittered wait may be off, as a part of it.</summary>
    public const double Spread = 0.2;

    /// <summary>How long to wait after so many failures in a row.</summary>
    /// <param name="failures">1 or more.</param>
    public TimeSpan After(int failures) => After(failures, Longest);

    /// <summary>How long to wait after so many failures in a row, where the doubling ends earlier.</summary>
    /// <param name="failures">1 or more.</param>
    /// <param name="longest">The longest wait, before jitter.</param>
    public TimeSpan After(int failures, TimeSpan longest)
    {
        // 2^20 s is past the longest wait already; a larger exponent would only overflow.
        var seconds = Math.Min(First.TotalSeconds * Math.Pow(2, Math.Min(failures - 1, 20)), longest.TotalSeconds);
        return Jittered(TimeSpan.FromSeconds(seconds));
    }

    /// <summary>Some time from now to this long.</summary>
    public TimeSpan Within(TimeSpan wait) => wait * random.NextDouble();

    /// <summary>About this long: ± 20 %.</summary>
    public TimeSpan Jittered(TimeSpan wait) => wait * (1 - Spread + (2 * Spread * random.NextDouble()));
}

using System.Globalization;
using System.Runtime.InteropServices;

namespace CodeRepoOperator.Cloning.Store;

/// <summary>
/// A moment by the kernel's clock since it booted, which nobody can set and which goes on while the machine sleeps. It outlives the
/// process, so one that is started again knows how long ago something was, whatever was done to the wall clock meanwhile.
/// </summary>
/// <param name="Boot">Which boot of which machine.</param>
/// <param name="SinceBoot">How long after it.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct BootTime(Guid Boot, TimeSpan SinceBoot)
{
    private const string BootFile = "/proc/sys/kernel/random/boot_id";
    private const string UptimeFile = "/proc/uptime";

    /// <summary>Between the boot and the milliseconds since.</summary>
    private const char Separator = '.';

    /// <summary>Now; where the kernel does not say, a moment that no other can be compared with.</summary>
    public static BootTime Now
    {
        get
        {
            try
            {
                var seconds = File.ReadAllText(UptimeFile).Split(' ')[0];
                return
                    Guid.TryParse(File.ReadAllText(BootFile).Trim(), out var boot)
                    && double.TryParse(seconds, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var since)
                    ? new BootTime(boot, TimeSpan.FromSeconds(since))
                    : default;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                return default;
            }
        }
    }

    /// <summary>How long ago another moment was; null: it was of another boot or another machine.</summary>
    public TimeSpan? Since(BootTime earlier) =>
        Boot == default || Boot != earlier.Boot ? null
        : SinceBoot > earlier.SinceBoot ? SinceBoot - earlier.SinceBoot
        : TimeSpan.Zero;

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    /// <returns>The moment; null: it is none.</returns>
    public static BootTime? Parse(string text) =>
        text.Split(Separator) is [var boot, var since]
        && Guid.TryParseExact(boot, "n", out var id)
        && long.TryParse(since, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
        && milliseconds <= TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerMillisecond
            ? new BootTime(id, TimeSpan.FromMilliseconds(milliseconds))
            : null;

    /// <inheritdoc />
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Boot:n}{Separator}{(long)SinceBoot.TotalMilliseconds}");
}

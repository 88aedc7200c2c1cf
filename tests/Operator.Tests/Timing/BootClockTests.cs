using System.Globalization;

namespace CodeRepoOperator.Timing;

public sealed class BootClockTests
{
    [Fact]
    public void Its_timestamps_are_the_time_since_the_machine_was_started_suspension_included()
    {
        // The system's own word for CLOCK_BOOTTIME, cut to hundredths.
        var before = Uptime();
        var stamp = TimeSpan.FromSeconds((double)BootClock.Instance.GetTimestamp() / BootClock.Instance.TimestampFrequency);
        var after = Uptime() + TimeSpan.FromMilliseconds(10);

        Assert.InRange(stamp, before, after);
    }

    [Fact]
    public void Elapsed_time_is_counted_in_its_own_unit() =>
        Assert.Equal(TimeSpan.FromSeconds(2), BootClock.Instance.GetElapsedTime(1_000_000_000, 3_000_000_000));

    private static TimeSpan Uptime() =>
        TimeSpan.FromSeconds(double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture));
}

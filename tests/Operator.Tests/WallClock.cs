using Microsoft.Extensions.Time.Testing;

namespace CodeRepoOperator;

/// <summary>A fake time whose wall clock can be set by itself, as an administrator or NTP sets a machine's: no time passes by it.</summary>
internal sealed class WallClock : TimeProvider
{
    private readonly FakeTimeProvider _time = new();
    private TimeSpan _offset;

    /// <inheritdoc />
    public override long TimestampFrequency => _time.TimestampFrequency;

    /// <summary>Sets the wall clock on or back.</summary>
    public void Set(TimeSpan step) => _offset += step;

    /// <summary>Lets time pass, on all clocks.</summary>
    public void Advance(TimeSpan delta) => _time.Advance(delta);

    /// <inheritdoc />
    public override DateTimeOffset GetUtcNow() => _time.GetUtcNow() + _offset;

    /// <inheritdoc />
    public override long GetTimestamp() => _time.GetTimestamp();

    /// <inheritdoc />
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        _time.CreateTimer(callback, state, dueTime, period);
}

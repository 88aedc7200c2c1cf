using Microsoft.Extensions.Time.Testing;

namespace CodeRepoOperator;

/// <summary>A clock whose wall time can be set while its monotonic time goes on.</summary>
internal sealed class WallClock : FakeTimeProvider
{
    private TimeSpan _offset;

    /// <summary>Sets the wall clock forward, or back.</summary>
    public void Set(TimeSpan by) => _offset += by;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _offset;
}

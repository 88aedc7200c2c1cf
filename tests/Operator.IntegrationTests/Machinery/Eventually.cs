namespace CodeRepoOperator.Machinery;

/// <summary>Waits for the world to become as it should, instead of for a time.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Looks until there is something to see; fails after the deadline.</summary>
    public static async Task<T> Get<T>(Func<Task<T?>> look, TimeSpan deadline, CancellationToken cancellationToken)
        where T : class
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            if (await look() is { } seen)
            {
                return seen;
            }

            Assert.True(TimeProvider.System.GetElapsedTime(started) < deadline, $"Nothing seen within {deadline}.");
            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>Looks until it is so; fails after the deadline.</summary>
    public static Task True(Func<bool> look, TimeSpan deadline, CancellationToken cancellationToken) =>
        Get(() => Task.FromResult(look() ? "" : null), deadline, cancellationToken);
}

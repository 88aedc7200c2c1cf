using CodeRepoOperator.Cloning.Clones;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Healing;

/// <summary>When the loops that heal make their rounds: all of them each <see cref="StoreOptions.VerifyInterval"/>.</summary>
internal sealed class VerifyTimer(IOptions<StoreOptions> options, TimeProvider time)
{
    /// <summary>The time from one round to the next.</summary>
    public TimeSpan Interval => options.Value.VerifyInterval;

    /// <summary>Starts a timer of the rounds of one loop.</summary>
    public PeriodicTimer Start() => new(Interval, time);

    /// <summary>Waits for an interval within a round that takes long.</summary>
    public Task WaitAsync(CancellationToken cancellationToken) => Task.Delay(Interval, time, cancellationToken);
}

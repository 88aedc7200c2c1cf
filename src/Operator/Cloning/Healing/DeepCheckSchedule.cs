using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Queueing;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Healing;

/// <summary>
/// Whose turn it is to be read whole: each CodeRepo's clone once in <see cref="StoreOptions.DeepVerifyInterval"/>, spread over it.
/// By the CodeRepo and not by the clone, since an update takes packs over from the clone before. Nothing is kept: after a
/// start each has its first turn at some time within the interval.
/// </summary>
internal sealed class DeepCheckSchedule(Backoff backoff, IOptions<StoreOptions> options, TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    /// <summary>
    /// The clones that there are, and when each has its turn: by the time since this began, which goes on evenly whatever is done to the
    /// wall clock.
    /// </summary>
    private Dictionary<NamespacedName, (PublishedClone Clone, TimeSpan DueAt)> _due = [];

    /// <summary>Whether clones are read whole at all.</summary>
    public bool IsOn => options.Value.DeepVerifyInterval > TimeSpan.Zero;

    private TimeSpan Now => time.GetElapsedTime(_start);

    /// <summary>Takes in which clones there are: new ones get their first turn, and those that are gone are forgotten.</summary>
    public void Follow(IEnumerable<PublishedClone> clones)
    {
        var now = Now;
        var interval = options.Value.DeepVerifyInterval;
        _due = clones.ToDictionary(
            clone => clone.Key,
            clone => (clone, _due.TryGetValue(clone.Key, out var known) ? known.DueAt : now + backoff.Within(interval))
        );
    }

    /// <summary>The one whose turn came first of those whose turn has come; null: nobody's has.</summary>
    public PublishedClone? Next() =>
        _due.Count > 0 && _due.Values.MinBy(known => known.DueAt) is var next && next.DueAt <= Now ? next.Clone : null;

    /// <summary>Notes that a clone has had its turn. The next is a little sooner than the interval, never later.</summary>
    public void HadItsTurn(PublishedClone clone)
    {
        var interval = options.Value.DeepVerifyInterval;
        _due[clone.Key] = (clone, Now + (interval * (1 - Backoff.Spread)) + backoff.Within(interval * Backoff.Spread));
    }

    /// <summary>
    /// Notes that a clone was replaced while it had its turn. The new one, which may have taken packs over, has it soon; not at
    /// once, or one that is always replaced would keep the others waiting.
    /// </summary>
    public void WasReplaced(PublishedClone clone) =>
        _due[clone.Key] = (clone, Now + backoff.Within(options.Value.DeepVerifyInterval * Backoff.Spread));
}

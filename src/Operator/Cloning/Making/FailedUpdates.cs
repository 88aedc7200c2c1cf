using System.Collections.Concurrent;
using System.Collections.Frozen;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Runtime.Client;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>
/// Which clones the last update on top of failed, whatever by: perhaps it was what they lend, or the work that they make. So the next
/// try is a clone from scratch, and the one after that builds on the older clone again.
/// </summary>
internal sealed class FailedUpdates
{
    // A clone from scratch would meet the same, and needs more room.
    private static readonly FrozenSet<string> SaysNothing =
    [
        Reasons.StoreFull,
        Reasons.StoreUnavailable,
        Reasons.Unreachable,
        Reasons.RateLimited,
    ];

    private readonly ConcurrentDictionary<NamespacedName, DateTime> _clones = new();

    /// <summary>Begins to build on a clone, unless the last try to failed. That is forgotten now, so the next one may again.</summary>
    /// <param name="key">Whose clone is built.</param>
    /// <param name="clone">The clone: its own older one, or another's.</param>
    /// <returns>Whether it may build on the clone.</returns>
    public bool TryBuildOn(NamespacedName key, PublishedClone clone) =>
        !_clones.TryRemove(key, out var publishedAt) || publishedAt != clone.MarkerWrittenAt;

    /// <summary>The clone of a CodeRepo is removed.</summary>
    public void Forget(NamespacedName key) => _clones.TryRemove(key, out _);

    /// <summary>Updates, and remembers a failure, be it that the time was up.</summary>
    /// <param name="key">Whose clone is built.</param>
    /// <param name="builtOn">The clone that it is built on; null: none.</param>
    /// <param name="update">The update.</param>
    public async Task<Attempt<T>> NoteAsync<T>(NamespacedName key, PublishedClone? builtOn, Func<Task<Attempt<T>>> update)
        where T : class
    {
        var succeeded = false;
        try
        {
            var attempt = await update();
            succeeded = attempt.Succeeded || SaysNothing.Contains(attempt.Failure.Reason);
            return attempt;
        }
        finally
        {
            if (builtOn is not null && !succeeded)
            {
                _clones[key] = builtOn.MarkerWrittenAt;
            }
        }
    }
}

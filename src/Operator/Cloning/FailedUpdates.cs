using System.Collections.Concurrent;
using CodeRepoOperator.Cloning.Remotes;
using CodeRepoOperator.Runtime;

namespace CodeRepoOperator.Cloning;

/// <summary>
/// Which clones the last update on top of failed, whatever by: perhaps it was what they lend, or the work that it makes. So the next
/// try is a clone from scratch, and the one after that builds on the older clone again.
/// </summary>
internal sealed class FailedUpdates
{
    private readonly ConcurrentDictionary<EntityKey, DateTime> _clones = new();

    /// <summary>Whether the next update may be built on a clone; asking uses the answer up.</summary>
    public bool MayBuildOn(PublishedClone clone) => !_clones.TryRemove(clone.Key, out var publishedAt) || publishedAt != clone.MarkerWrittenAt;

    /// <summary>Updates, and remembers a failure, be it that the time was up.</summary>
    /// <param name="builtOn">The older clone; null: none.</param>
    /// <param name="update">The update.</param>
    public async Task<Attempt<T>> NoteAsync<T>(PublishedClone? builtOn, Func<Task<Attempt<T>>> update)
        where T : class
    {
        var succeeded = false;
        try
        {
            var attempt = await update();
            succeeded = attempt.Succeeded;
            return attempt;
        }
        finally
        {
            if (builtOn is not null && !succeeded)
            {
                _clones[builtOn.Key] = builtOn.MarkerWrittenAt;
            }
        }
    }
}

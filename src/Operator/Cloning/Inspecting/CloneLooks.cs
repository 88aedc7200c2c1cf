using System.Collections.Concurrent;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Monitoring;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Monitoring;

namespace CodeRepoOperator.Cloning.Inspecting;

/// <summary>
/// Looks at clones one after the other, each within a deadline: what never ends (a file system whose server is away) holds a thread, and
/// no other clone's look.
/// </summary>
/// <param name="lookAt">Looks at one, as <see cref="CloneInspector"/> does; may never return.</param>
/// <param name="time">The clock.</param>
/// <param name="log">The log.</param>
internal sealed class CloneLooks(Func<NamespacedName, PublishedClone, ObservedClone> lookAt, TimeProvider time, ILogger<CloneLooks> log)
{
    /// <summary>A look takes well below a millisecond; a disk under load may take seconds.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    /// <summary>How many looks may be under way without end: each holds a thread. With more than these the whole volume is away.</summary>
    private const int MaximumStuck = 16;

    private readonly ConcurrentDictionary<NamespacedName, Task> _stuck = new();
    private readonly LoggedFailures<NamespacedName> _logged = new();

    /// <summary>Looks at a clone.</summary>
    /// <param name="clone">The clone as it was last seen.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What was seen; null: nobody knows, which is logged once.</returns>
    public async Task<ObservedClone?> LookAsync(PublishedClone clone, CancellationToken cancellationToken)
    {
        foreach (var (key, ended) in _stuck.Where(stuck => stuck.Value.IsCompleted))
        {
            _stuck.TryRemove(KeyValuePair.Create(key, ended));
        }

        if (_stuck.ContainsKey(clone.Key) || _stuck.Count >= MaximumStuck)
        {
            return null;
        }

        var look = Task.Run(() => lookAt(clone.Key, clone), cancellationToken);
        try
        {
            var seen = await look.WaitAsync(Deadline, time, cancellationToken);
            if (seen.Unreadable is { } failure)
            {
                Report(clone.Key, failure.Message);
                return null;
            }

            _logged.IsOver(clone.Key);
            return seen;
        }
        catch (TimeoutException)
        {
            _stuck[clone.Key] = look;
            Report(clone.Key, $"looking at it takes longer than {Deadline.TotalSeconds:0} s");
            return null;
        }
    }

    private void Report(NamespacedName key, string failure)
    {
        if (_logged.IsNew(key, failure))
        {
            log.CloneNotLookedAt(key, failure);
        }
    }
}

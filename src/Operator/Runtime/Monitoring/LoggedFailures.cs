using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace CodeRepoOperator.Runtime.Monitoring;

/// <summary>
/// Which failures are in the log already: a retry that fails as one before it did is nothing new, one that works is. A broken
/// connection shows itself in several ways by turns; each is reported once.
/// </summary>
/// <typeparam name="TSubject">What fails.</typeparam>
internal sealed class LoggedFailures<TSubject>
    where TSubject : notnull
{
    /// <summary>How many failures of a subject are remembered: more than there are ways, unless their words differ each time.</summary>
    private const int Remembered = 16;

    private readonly ConcurrentDictionary<TSubject, ImmutableHashSet<string>> _logged = new();

    /// <summary>Notes that something failed.</summary>
    /// <param name="subject">What failed.</param>
    /// <param name="failure">How, in words that stay the same while nothing changes.</param>
    /// <returns>Whether that is to be reported.</returns>
    public bool IsNew(TSubject subject, string failure)
    {
        var isNew = true;
        _logged.AddOrUpdate(subject, [failure], (_, reported) =>
        {
            isNew = !reported.Contains(failure);
            return reported.Count < Remembered ? reported.Add(failure) : [failure];
        });
        return isNew;
    }

    /// <summary>Notes that something works, or is gone.</summary>
    /// <returns>Whether a failure of it had been reported.</returns>
    public bool IsOver(TSubject subject) => _logged.TryRemove(subject, out _);
}

using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace CodeRepoOperator.Runtime.Monitoring;

/// <summary>
/// Which failures are in the log already: a retry that fails as one before it did is no news, one that works is. A broken
/// connection shows itself in several ways by turns; each is told once.
/// </summary>
/// <typeparam name="TSubject">What fails.</typeparam>
internal sealed class LoggedFailures<TSubject>
    where TSubject : notnull
{
    /// <summary>How many failures of a subject are remembered: more than there are ways, unless their words differ each time.</summary>
    private const int Remembered = 16;

    private readonly ConcurrentDictionary<TSubject, ImmutableHashSet<string>> _told = new();

    /// <summary>Notes that something failed.</summary>
    /// <param name="subject">What failed.</param>
    /// <param name="failure">How, in words that stay the same while nothing changes.</param>
    /// <returns>Whether that is to be told.</returns>
    public bool IsNews(TSubject subject, string failure)
    {
        var isNews = true;
        _told.AddOrUpdate(
            subject,
            [failure],
            (_, told) =>
            {
                isNews = !told.Contains(failure);
                return told.Count < Remembered ? told.Add(failure) : [failure];
            });
        return isNews;
    }

    /// <summary>Notes that something works, or is gone.</summary>
    /// <returns>Whether a failure of it had been told.</returns>
    public bool IsOver(TSubject subject) => _told.TryRemove(subject, out _);
}

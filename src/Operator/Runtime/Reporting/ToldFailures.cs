using System.Collections.Concurrent;

namespace CodeRepoOperator.Runtime.Reporting;

/// <summary>Which failures are in the log already: a retry that fails in the same way is no news, one that works is.</summary>
/// <typeparam name="TSubject">What fails.</typeparam>
internal sealed class ToldFailures<TSubject>
    where TSubject : notnull
{
    private readonly ConcurrentDictionary<TSubject, string> _told = new();

    /// <summary>Notes that something failed.</summary>
    /// <param name="subject">What failed.</param>
    /// <param name="failure">How, in words that stay the same while nothing changes.</param>
    /// <returns>Whether that is to be told.</returns>
    public bool IsNews(TSubject subject, string failure)
    {
        var isNews = true;
        _told.AddOrUpdate(
            subject,
            failure,
            (_, told) =>
            {
                isNews = told != failure;
                return failure;
            });
        return isNews;
    }

    /// <summary>Notes that something works, or is gone.</summary>
    /// <returns>Whether a failure of it had been told.</returns>
    public bool IsOver(TSubject subject) => _told.TryRemove(subject, out _);
}

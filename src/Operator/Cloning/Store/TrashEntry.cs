namespace CodeRepoOperator.Cloning.Store;

/// <summary>Something in the trash.</summary>
/// <param name="Path">Where.</param>
/// <param name="Since">Since when, by a clock that does not step; nobody reads what is there since ever.</param>
/// <param name="Bytes">What deleting it frees on disk.</param>
internal sealed record TrashEntry(string Path, DateTimeOffset Since, long Bytes)
{
    /// <summary>Decides which entries go now: those whose grace period is over, and the oldest of the others above the limit.</summary>
    /// <returns>Them, oldest first.</returns>
    public static IReadOnlyList<TrashEntry> Due(IEnumerable<TrashEntry> entries, DateTimeOffset now, TimeSpan grace, long limit)
    {
        var due = new List<TrashEntry>();
        var newestFirst = entries.OrderByDescending(entry => entry.Since).ThenByDescending(entry => entry.Path, StringComparer.Ordinal);
        var kept = 0L;
        foreach (var entry in newestFirst)
        {
            if (due.Count > 0 || now - entry.Since >= grace || kept + entry.Bytes > limit)
            {
                due.Add(entry);
            }
            else
            {
                kept += entry.Bytes;
            }
        }

        due.Reverse();
        return due;
    }
}

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>The steps of a sweep over one table whose columns are known.</summary>
/// <param name="table">The way to it.</param>
/// <param name="sql">Its statements.</param>
/// <param name="changer">What changes its rows.</param>
/// <param name="memory">The rows that could not be changed, by this sweep and earlier ones.</param>
/// <param name="tally">What comes of it.</param>
internal sealed class TableSweep(IndexingTable table, SweepSql sql, RowChanger changer, TargetMemory memory, SweepTally tally)
{
    /// <summary>Resets what is stuck.</summary>
    /// <param name="threshold">The threshold of the table.</param>
    /// <param name="own">The rows with thresholds of their own.</param>
    /// <param name="cancellationToken">Ends it between two batches.</param>
    public async Task ResetAsync(TimeSpan threshold, IReadOnlyList<RowThreshold> own, CancellationToken cancellationToken)
    {
        var look = await table.LookAsync(sql, cancellationToken);
        tally.OldestAge = look.OldestAge;
        await StampAsync(look, cancellationToken);
        var thresholds = own.GroupBy(row => row.Key, StringComparer.Ordinal)
            .ToDictionary(rows => rows.Key, rows => rows.Max(row => row.Threshold), StringComparer.Ordinal);
        if (look.OldestAge > thresholds.Values.Append(threshold).Min() || memory.NotReset.Keys.Count > 0)
        {
            await ResetStuckAsync(look.Now, threshold, thresholds, cancellationToken);
            tally.OldestAge = (await table.LookAsync(sql, cancellationToken)).OldestAge;
        }
        else
        {
            tally.Left = 0;
        }
    }

    /// <summary>Finds what is stuck, and changes nothing.</summary>
    public async Task FindAsync(TimeSpan threshold, IReadOnlyList<RowThreshold> own, CancellationToken cancellationToken)
    {
        tally.OldestAge = (await table.LookAsync(sql, cancellationToken)).OldestAge;
        var found = await table.RowsAsync(sql.FindStuck(threshold, [.. own.Select(row => row.Key)], limit: null), cancellationToken);
        if (own.Count > 0)
        {
            found.AddRange(await table.RowsAsync(sql.FindStuck(own), cancellationToken));
        }

        found.ForEach(tally.WasReset);
        tally.Left = found.Count;
    }

    private async Task StampAsync(TableLook look, CancellationToken cancellationToken)
    {
        string[] refusedBefore = [.. memory.NotStamped.Keys];
        if (look.HasUnstamped)
        {
            await changer.ChangeAllAsync(StampChange(future: false), [], cancellationToken);
        }

        if (look.HasFuture)
        {
            await changer.ChangeAllAsync(StampChange(future: true), [], cancellationToken);
        }

        await changer.RetryAsync(StampChange(future: false), refusedBefore, cancellationToken);
    }

    private RowChange StampChange(bool future) => new(
        (excluded, limit) => sql.Stamp(future, excluded, limit),
        (excluded, limit) => sql.FindUnstampedUnlocked(future, excluded, limit),
        sql.Stamp,
        memory.NotStamped,
        _ => tally.WasStamped());

    private async Task ResetStuckAsync(
        DateTime now, TimeSpan threshold, Dictionary<string, TimeSpan> own, CancellationToken cancellationToken)
    {
        string[] refusedBefore = [.. memory.NotReset.Keys];
        var change = new RowChange(
            (excluded, limit) => sql.ResetStuck(threshold, excluded, limit),
            (excluded, limit) => sql.FindStuckUnlocked(threshold, excluded, limit),
            keys => sql.ResetStuck([.. keys.Select(key => new RowThreshold(key, own.GetValueOrDefault(key, threshold)))]),
            memory.NotReset,
            tally.WasReset);
        await changer.ChangeAllAsync(change, own.Keys, cancellationToken);
        await changer.ChangeKeysAsync(change, (await StuckAsync(own, cancellationToken)).Except(refusedBefore), cancellationToken);
        await changer.RetryAsync(change, refusedBefore, cancellationToken);

        // What is stuck still, though it could be changed: others have it locked.
        var left = await table.CountAsync(sql.CountStuck(now, threshold, [.. own.Keys, .. memory.NotReset.Keys]), cancellationToken);
        tally.SkippedLocked = left + (await StuckAsync(own, cancellationToken)).Except(memory.NotReset.Keys).Count();
        tally.Left = tally.SkippedLocked + memory.NotReset.Keys.Count;
    }

    private async Task<IEnumerable<string>> StuckAsync(Dictionary<string, TimeSpan> own, CancellationToken cancellationToken)
    {
        if (own.Count == 0)
        {
            return [];
        }

        var rows = own.Select(row => new RowThreshold(row.Key, row.Value)).ToList();
        return (await table.RowsAsync(sql.FindStuck(rows), cancellationToken)).Select(row => row.Key);
    }
}

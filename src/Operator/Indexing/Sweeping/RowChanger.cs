using CodeRepoOperator.Indexing.Tables;
using Npgsql;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>
/// Makes a change in batches. When a batch fails, or leaves a row as it is, it walks over the rows in the order of their positions
/// instead, which passes each row once: so any number of rows that can't be changed keep no other from being changed.
/// </summary>
/// <param name="table">The table.</param>
/// <param name="batchSize">How many rows one transaction changes.</param>
/// <param name="limit">How long one walk takes at most.</param>
/// <param name="refusal">Takes the key of a row that can't be changed, and why.</param>
internal sealed class RowChanger(IndexingTable table, int batchSize, WorkLimit limit, Action<string, string> refusal)
{
    /// <summary>
    /// How many rows a walk looks at before it is busy with the first that can't be changed: what a tenant may have put in front of the
    /// others. Their keys are some megabytes.
    /// </summary>
    private const int PageSize = 100_000;

    /// <summary>Why a row is refused whose change came to nothing without an error.</summary>
    private const string Suppressed = "A trigger of the table suppresses the change.";

    /// <summary>Changes all rows that need it.</summary>
    /// <exception cref="NpgsqlException">It can't be done, or not to its end.</exception>
    public async Task ChangeAllAsync(RowChange change, CancellationToken cancellationToken)
    {
        List<SweptRow> rows;
        do
        {
            try
            {
                rows = await table.RowsAsync(change.Batch(batchSize), cancellationToken);
            }
            catch (PostgresException)
            {
                await ThrowIfOfTableAsync(change, cancellationToken);
                await WalkAsync(change, cancellationToken);
                return;
            }

            rows.FindAll(row => row.IsChanged).ForEach(change.Add);
            if (rows.Exists(row => !row.IsChanged))
            {
                await WalkAsync(change, cancellationToken);
                return;
            }
        } while (rows.Count == batchSize);

        change.Refused.StoppedAt = null;
    }

    /// <summary>Changes those of these rows that need it.</summary>
    /// <exception cref="NpgsqlException">It can't be done, or not to its end.</exception>
    public async Task ChangeKeysAsync(RowChange change, IEnumerable<string> keys, CancellationToken cancellationToken)
    {
        // Those that could not be changed before come last: if the time is over, the others have had theirs.
        string[] ordered = [.. keys.OrderBy(change.Refused.Knows)];
        if (await ChangeAsync(change, ordered, limit.Begin(), cancellationToken) < ordered.Length)
        {
            change.Refused.IsPartial = true;
        }
    }

    /// <summary>Passes all rows that need the change once, from where the last walk stopped.</summary>
    private async Task WalkAsync(RowChange change, CancellationToken cancellationToken)
    {
        var isOver = limit.Begin();
        var position = change.Refused.StoppedAt;
        change.Refused.StoppedAt = null;
        change.Refused.IsPartial |= position is not null;
        List<SweptRow> page;
        RowPosition? before;
        do
        {
            before = position;
            page = await table.RowsAsync(change.Find(position, PageSize), cancellationToken);
            var done = await ChangeAsync(change, [.. page.Select(row => row.Key)], isOver, cancellationToken);
            if (done > 0)
            {
                position = page[done - 1].Position;
            }

            if (done < page.Count || (page.Count == PageSize && isOver()))
            {
                change.Refused.StoppedAt = position;
                change.Refused.IsPartial = true;
                return;
            }
        } while (page.Count == PageSize && position != before);
    }

    /// <summary>First the batches that can be changed as they are; then it goes into the others.</summary>
    /// <returns>How many of the first rows are done.</returns>
    private async Task<int> ChangeAsync(RowChange change, string[] keys, Func<bool> isOver, CancellationToken cancellationToken)
    {
        var division = new RowDivision<string>(async some => Take(change, await table.RowsAsync(change.ByKey(some), cancellationToken)));
        var tried = 0;
        var failed = new List<(int Begin, string[] Keys, PostgresException Error)>();
        foreach (var batch in keys.Chunk(batchSize))
        {
            if (tried > 0 && isOver())
            {
                break;
            }

            if (await division.TryAsync(batch) is { } error)
            {
                failed.Add((tried, batch, error));
            }

            tried += batch.Length;
        }

        var done = await DivideAsync(division, failed, isOver, () => ThrowIfOfTableAsync(change, cancellationToken)) ?? tried;
        foreach (var (key, error) in division.Refused)
        {
            Refuse(change, key, DatabaseErrors.Describe(error));
        }

        return done;
    }

    /// <returns>Where it stopped because the time was over; null: it did not.</returns>
    private static async Task<int?> DivideAsync(
        RowDivision<string> division,
        List<(int Begin, string[] Keys, PostgresException Error)> failed,
        Func<bool> isOver,
        Func<Task> throwIfOfTable
    )
    {
        if (failed.Count == 0)
        {
            return null;
        }

        await throwIfOfTable();
        int? stopped = null;
        foreach (var (begin, keys, error) in failed)
        {
            if (begin != failed[0].Begin && isOver())
            {
                stopped = begin;
                break;
            }

            var done = await division.DivideAsync(keys, error, isOver);
            if (done < keys.Length)
            {
                stopped = begin + done;
                break;
            }
        }

        if (division.Refused.Count > 0)
        {
            // The server may have gone meanwhile.
            await throwIfOfTable();
        }

        return stopped;
    }

    /// <summary>
    /// Distinguishes a row's error from the table's: what fails without any row is no row's fault. The codes don't say it, since a trigger
    /// may raise any: that of a missing column, of missing rights, of a server that is read-only.
    /// </summary>
    private async Task ThrowIfOfTableAsync(RowChange change, CancellationToken cancellationToken) =>
        await table.RowsAsync(change.Batch(0), cancellationToken);

    private void Take(RowChange change, List<SweptRow> rows)
    {
        foreach (var row in rows)
        {
            if (row.IsChanged)
            {
                change.Add(row);
            }
            else
            {
                Refuse(change, row.Key, Suppressed);
            }
        }
    }

    private void Refuse(RowChange change, string key, string why)
    {
        if (change.Refused.Add(key, why))
        {
            refusal(key, why);
        }
    }
}

using CodeRepoOperator.Indexing.Tables;
using Npgsql;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>
/// Makes a change in batches, and goes around rows that can't be changed. A batch that fails is halved until the rows stand alone
/// that make it fail: whatever code they fail with, for a trigger may raise any.
/// </summary>
internal sealed class RowChanger(IndexingTable table, int batchSize, Action<string, string> refusal)
{
    /// <summary>How many rows may fail in one sweep before this is no matter of rows any more.</summary>
    private const int MaxRefusals = 1_000;

    /// <summary>How many statements may meet a limit of time in one sweep: enough to find one row among a thousand.</summary>
    private const int MaxTimeouts = 12;

    /// <summary>Why a row is refused whose change came to nothing without an error.</summary>
    private const string Suppressed = "A trigger of the table suppresses the change.";

    private readonly HashSet<string> _refused = new(StringComparer.Ordinal);
    private int _timeouts;

    /// <summary>Changes all rows that need it, but those that were refused before.</summary>
    /// <exception cref="NpgsqlException">It can't be done, or not to its end.</exception>
    public async Task ChangeAllAsync(RowChange change, CancellationToken cancellationToken)
    {
        int found;
        do
        {
            string[] excluded = [.. change.Refused.Keys];
            try
            {
                found = Take(change, await table.RowsAsync(change.Batch(excluded, batchSize), cancellationToken));
            }
            catch (PostgresException error) when (MayBeOfRow(error))
            {
                Count(error);
                await ThrowIfOfTableAsync(change, cancellationToken);
                var keys = await FindAsync(change, excluded, cancellationToken);
                await HalveAsync(change, keys, error, cancellationToken);
                found = keys.Length;
            }
        } while (found == batchSize);
    }

    /// <summary>Changes those of these rows that need it.</summary>
    /// <exception cref="NpgsqlException">It can't be done, or not to its end.</exception>
    public async Task ChangeKeysAsync(RowChange change, IEnumerable<string> keys, CancellationToken cancellationToken)
    {
        foreach (var chunk in keys.Chunk(batchSize))
        {
            if (await TryAsync(change, chunk, cancellationToken) is { } error)
            {
                await ThrowIfOfTableAsync(change, cancellationToken);
                await HalveAsync(change, chunk, error, cancellationToken);
            }
        }
    }

    /// <summary>Tries rows again, each alone, that could not be changed by an earlier sweep.</summary>
    /// <exception cref="NpgsqlException">It can't be done, or not to its end.</exception>
    public async Task RetryAsync(RowChange change, IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        foreach (var key in keys)
        {
            if (await TryAsync(change, [key], cancellationToken) is { } error)
            {
                await RefuseAsync(change, key, error, cancellationToken);
            }
            else if (!_refused.Contains(key))
            {
                change.Refused.Remove(key);
            }
        }
    }

    private async Task HalveAsync(RowChange change, string[] keys, PostgresException error, CancellationToken cancellationToken)
    {
        if (keys is [var key])
        {
            await RefuseAsync(change, key, error, cancellationToken);
            return;
        }

        foreach (var half in keys.Chunk((keys.Length + 1) / 2))
        {
            if (await TryAsync(change, half, cancellationToken) is { } again)
            {
                await HalveAsync(change, half, again, cancellationToken);
            }
        }
    }

    /// <returns>Why it failed; null: it did not.</returns>
    private async Task<PostgresException?> TryAsync(RowChange change, string[] keys, CancellationToken cancellationToken)
    {
        try
        {
            Take(change, await table.RowsAsync(change.ByKey(keys), cancellationToken));
            return null;
        }
        catch (PostgresException error) when (MayBeOfRow(error))
        {
            Count(error);
            return error;
        }
    }

    private async Task<string[]> FindAsync(RowChange change, IReadOnlyCollection<string> excluded, CancellationToken cancellationToken) =>
        [.. (await table.RowsAsync(change.Find(excluded, batchSize), cancellationToken)).Select(row => row.Key)];

    /// <summary>
    /// Distinguishes a row's error from the table's: what fails without any row is no row's fault. The codes don't say it, since a trigger
    /// may raise any: that of a missing column, of missing rights, of a server that is read-only.
    /// </summary>
    private async Task ThrowIfOfTableAsync(RowChange change, CancellationToken cancellationToken) =>
        await table.RowsAsync(change.Batch([], 0), cancellationToken);

    private bool MayBeOfRow(PostgresException error) =>
        _refused.Count < MaxRefusals && !(DatabaseErrors.IsTimeout(error) && _timeouts >= MaxTimeouts);

    private int Take(RowChange change, List<SweptRow> rows)
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

        return rows.Count;
    }

    /// <summary>Not before it is seen once more that this is about the row: the server may have gone meanwhile.</summary>
    private async Task RefuseAsync(RowChange change, string key, PostgresException error, CancellationToken cancellationToken)
    {
        await ThrowIfOfTableAsync(change, cancellationToken);
        Refuse(change, key, DatabaseErrors.Describe(error));
    }

    private void Count(PostgresException error) => _timeouts += DatabaseErrors.IsTimeout(error) ? 1 : 0;

    private void Refuse(RowChange change, string key, string why)
    {
        _refused.Add(key);
        if (change.Refused.Add(key, why) && _refused.Count <= SweepReporter.MaxKeysShown)
        {
            refusal(key, why);
        }
    }
}

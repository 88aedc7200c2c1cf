using Npgsql;

namespace CodeRepoOperator.Indexing.Tables;

/// <summary>
/// Changes rows, and goes around those that can't be changed. Rows that fail together are divided until those stand alone that make the
/// others fail: whatever code they fail with, for a trigger may raise any.
/// </summary>
/// <typeparam name="TRow">What names a row.</typeparam>
/// <param name="change">Changes rows, in one transaction.</param>
internal sealed class RowDivision<TRow>(Func<TRow[], Task> change)
{
    /// <summary>
    /// Of a thousand rows that all fail, a division in ten costs 1,111 statements, one in two would cost 2,000. Of a thousand of which one
    /// fails, it is 30 beside 20.
    /// </summary>
    private const int Parts = 10;

    private readonly List<(TRow Row, PostgresException Error)> _refused = [];

    /// <summary>The rows that can't be changed, so far, and why.</summary>
    public IReadOnlyList<(TRow Row, PostgresException Error)> Refused => _refused;

    /// <summary>Changes rows together.</summary>
    /// <returns>Why none of them was changed; null: they were.</returns>
    /// <exception cref="NpgsqlException">The server could not be asked.</exception>
    public async Task<PostgresException?> TryAsync(TRow[] rows)
    {
        try
        {
            await change(rows);
            return null;
        }
        catch (PostgresException error)
        {
            return error;
        }
    }

    /// <summary>
    /// Divides rows that failed together, and changes all that can be changed. That it is about rows at all must be known, and is to be
    /// looked at again afterwards if some were refused: the server may have gone meanwhile.
    /// </summary>
    /// <param name="rows">The rows.</param>
    /// <param name="error">Why they failed.</param>
    /// <param name="isOver">Whether to stop; asked after each part.</param>
    /// <returns>How many of the first rows are done: changed or refused. At least one.</returns>
    /// <exception cref="NpgsqlException">The server could not be asked.</exception>
    public async Task<int> DivideAsync(TRow[] rows, PostgresException error, Func<bool> isOver)
    {
        if (rows is [var row])
        {
            _refused.Add((row, error));
            return 1;
        }

        var done = 0;
        foreach (var part in rows.Chunk((rows.Length + Parts - 1) / Parts))
        {
            if (done > 0 && isOver())
            {
                break;
            }

            var ofPart = await TryAsync(part) is { } again ? await DivideAsync(part, again, isOver) : part.Length;
            done += ofPart;
            if (ofPart < part.Length)
            {
                break;
            }
        }

        return done;
    }
}

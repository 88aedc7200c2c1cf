using CodeRepoOperator.Hosting;
using CodeRepoOperator.Indexing.Importing;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Runtime.Monitoring;
using CodeRepoOperator.Text;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CodeRepoOperator.Indexing.Declaring;

/// <summary>
/// The rows of the table that declares CodeRepos, as they were read last. What is wrong with a row is told in the log, and on the row if a
/// column is named for that.
/// </summary>
internal sealed class DeclaredTable(
    IndexingDatabase database,
    DeclaringMetrics metrics,
    IOptions<IndexingOptions> options,
    ILogger<DeclaredTable> log
)
{
    /// <summary>How many rows a message names.</summary>
    private const int MostShown = 20;

    private readonly IndexingTarget _target = options.Value.DeclaringTarget ?? new IndexingTarget();
    private readonly LoggedFailures<string> _logged = new();
    private Dictionary<string, DeclaredRow> _rows = new(StringComparer.Ordinal);
    private HashSet<string> _refused = new(StringComparer.Ordinal);

    /// <summary>The rows that declare a CodeRepo.</summary>
    public IReadOnlyCollection<DeclaredRow> Rows => _rows.Values;

    private RowReader Reader =>
        new(database, options.Value) { Tenants = options.Value.TenantsOf(options.Value.Declare.Namespace), ReadsProblems = true };

    /// <summary>Reads all rows.</summary>
    /// <exception cref="SetupException">
    /// The table is not as it must be, or rows may be hidden: what is not seen would count as deleted.
    /// </exception>
    /// <exception cref="NpgsqlException">The database could not be asked. What was known before stays.</exception>
    public async Task ReadAllAsync(CancellationToken cancellationToken)
    {
        var reader = Reader;
        if (await reader.HiddenAsync(_target, cancellationToken) is { } hidden)
        {
            throw new SetupException(hidden);
        }

        var look = new Look(options.Value.Declare, new(_rows.Count, StringComparer.Ordinal), new(StringComparer.Ordinal));
        await foreach (var row in reader.ReadAsync(_target, cancellationToken))
        {
            look.Take(row);
        }

        var known = _refused;
        (_rows, _refused) = (look.Rows, look.Refused);
        await TellAsync(look, known, cancellationToken);
    }

    /// <summary>Reads rows that are said to be there, to have changed or to be gone.</summary>
    /// <param name="keys">Their keys, a page at most.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="SetupException">The table is not as it must be.</exception>
    /// <exception cref="NpgsqlException">The database could not be asked, or one of these can't be a key: anybody may notify.</exception>
    public async Task ReadAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        var found = await Reader.FindAsync(_target, keys, cancellationToken);
        var known = keys.Where(_refused.Contains).ToHashSet(StringComparer.Ordinal);
        var look = new Look(options.Value.Declare, _rows, _refused);
        foreach (var key in keys)
        {
            look.Forget(key);
        }

        foreach (var row in found)
        {
            look.Take(row);
        }

        await TellAsync(look, known, cancellationToken);
    }

    private async Task TellAsync(Look look, HashSet<string> known, CancellationToken cancellationToken)
    {
        metrics.Count(look.Rows.Count, look.Refused.Count);
        var news = look.Whys.Where(one => !known.Contains(one.Key)).ToList();
        if (news.Count > 0)
        {
            log.RowsRefused(news.Count, _target.Label, RowText.Named(news, news.Count, MostShown));
        }

        if (_target.Problem.Length > 0 && look.Changes.Count > 0)
        {
            await WriteAsync(look.Changes, cancellationToken);
        }
    }

    private async Task WriteAsync(IReadOnlyList<RowTextChange> changes, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        if (await ColumnProbe.ReadAsync(connection, _target, cancellationToken) is not { } columns)
        {
            return;
        }

        var writer = new RowTextWriter(connection, options.Value);
        var (_, refused) = await writer.WriteAsync(_target, columns, _target.Problem, changes, cancellationToken);
        if (refused is [var (row, error), ..] && _logged.IsNew("", error.SqlState))
        {
            log.ProblemNotWritten(ForeignText.Escaped(row.Key, ForeignText.LongestValue), _target.Problem, DatabaseErrors.Describe(error));
        }
    }

    /// <summary>What a reading of rows has found.</summary>
    private sealed class Look(DeclareOptions options, Dictionary<string, DeclaredRow> rows, HashSet<string> refused)
    {
        public Dictionary<string, DeclaredRow> Rows => rows;

        public HashSet<string> Refused => refused;

        /// <summary>Why no CodeRepo can be made of rows.</summary>
        public List<(string Key, string Why)> Whys { get; } = [];

        /// <summary>What rows are to say of that, and don't.</summary>
        public List<RowTextChange> Changes { get; } = [];

        public void Forget(string key)
        {
            rows.Remove(key);
            refused.Remove(key);
        }

        public void Take(IndexingRow row)
        {
            var read = DeclaredRow.Of(row, options);
            if (read.Succeeded)
            {
                rows[row.Key] = read.Value;
            }
            else
            {
                refused.Add(row.Key);
                Whys.Add((row.Key, read.Failure.Message));
            }

            if (row.Problem != read.Failure?.Message)
            {
                Changes.Add(new RowTextChange(row.Key, row.Url, read.Failure?.Message));
            }
        }
    }
}

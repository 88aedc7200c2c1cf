using CodeRepoOperator.Indexing.Tables;
using Npgsql;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>Reads the rows that may belong to CodeRepos: one query for all that go by their URL, and one for all that name a key.</summary>
internal sealed class CodeRepoRowQuery(IndexingTarget target, TableColumns columns, IndexingOptions options)
{
    /// <summary>In characters: a longer status is no word, and has no place in the status of a CodeRepo.</summary>
    private const int LongestStatus = 100;

    /// <summary>In characters: <c>pod/</c> and a namespace, a name and a uid at their longest have 358.</summary>
    public const int LongestHolder = 400;

    private static readonly string[] IntegerTypes = ["smallint", "integer", "bigint"];

    private string KeyType => columns.Types.GetValueOrDefault(target.Key, "");

    private string Key => SqlName.Quoted(target.Key);

    /// <summary>Whether the table can have rows of CodeRepos at all: without a URL nobody would know whose they are.</summary>
    public static bool IsPossible(IndexingTarget target, TableColumns columns) =>
        columns.Has(target.Url)
        && columns.Has(target.Key)
        && columns.Has(target.Status)
        && (target.Tenant.Length == 0 || columns.Has(target.Tenant));

    /// <summary>Reads and matches, in a transaction of its own.</summary>
    /// <exception cref="NpgsqlException">The database could not be asked.</exception>
    public async Task<RowOwners> MatchAsync(
        NpgsqlConnection connection,
        IReadOnlyCollection<DesiredRow> desired,
        CancellationToken cancellationToken
    )
    {
        var rows = new List<IndexingRow>();
        await using (var transaction = await connection.BeginTransactionAsync(cancellationToken))
        {
            await StatementLimits.ApplyAsync(connection, options, cancellationToken);
            await PreferIndexesAsync(connection, cancellationToken);
            var spellings = desired
                .Where(one => one.Id is null)
                .SelectMany(one => one.Spellings)
                .Distinct(StringComparer.Ordinal)
                .ToArray();
            if (spellings.Length > 0)
            {
                // The index of the migration is on this expression.
                await ReadAsync(connection, $"lower({SqlName.Quoted(target.Url)}) = ANY($1)", spellings, rows, cancellationToken);
            }

            var keys = desired
                .Select(one => one.Id is { } id ? KeySpelling.Canonical(KeyType, id) : null)
                .OfType<string>()
                .Distinct(StringComparer.Ordinal)
                .ToArray();
            if (keys.Length > 0)
            {
                await ReadAsync(
                    connection,
                    KeySpelling.IsIndexable(KeyType) ? $"{Key} = ANY($1::{KeyType}[])" : $"{Key}::text = ANY($1)",
                    keys,
                    rows,
                    cancellationToken
                );
            }

            await transaction.CommitAsync(cancellationToken);
        }

        return RowOwners.Between(desired, rows, KeyType, columns.Has(target.Branch));
    }

    /// <summary>
    /// The planner counts an index scan of thousands of texts dear, and reads the whole table instead: of a million rows, for 2,000
    /// CodeRepos, 465 ms against 50. Without an index it reads the table all the same.
    /// </summary>
    private static async Task PreferIndexesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SET LOCAL enable_seqscan = off", connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task ReadAsync(
        NpgsqlConnection connection,
        string condition,
        string[] values,
        List<IndexingRow> rows,
        CancellationToken cancellationToken
    )
    {
        await using var command = new NpgsqlCommand($"{Select} WHERE {condition}", connection)
        {
            Parameters = { TextParameter.Of(values) },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            if (reader.IsDBNull(0))
            {
                continue;
            }

            rows.Add(
                new IndexingRow(reader.TextAt(0)!, reader.TextAt(1) ?? "", reader.TextAt(2))
                {
                    Status = reader.TextAt(3),
                    StartedAt = reader.IsDBNull(4) ? null : DateTimeOffset.FromUnixTimeSeconds(reader.GetInt64(4)),
                    Resets = reader.IsDBNull(5) ? null : (int)Math.Clamp(reader.GetInt64(5), 0, int.MaxValue),
                    LocalPath = reader.TextAt(6),
                    Tenant = reader.TextAt(7),
                    Holder = reader.TextAt(8),
                }
            );
        }
    }

    private string Select
    {
        get
        {
            var started = SqlName.Quoted(target.Started.Length > 0 ? target.Started : target.Key);
            var startedAt =
                columns.Types.GetValueOrDefault(target.Started)?.StartsWith("timestamp", StringComparison.Ordinal) == true
                    // Infinity, and years that .NET does not know, are no times that could be reported.
                    ? $"CASE WHEN {started} > '0001-01-03' AND {started} < '9999-12-30' THEN floor(extract(epoch FROM "
                        + $"{started}))::bigint END"
                    : "NULL::bigint";
            var resets = IntegerTypes.Contains(columns.Types.GetValueOrDefault(target.Resets))
                ? $"COALESCE({SqlName.Quoted(target.Resets)}, 0)::bigint"
                : "NULL::bigint";
            return $"""
                SELECT {Key}::text, {TextOf(target.Url)}, {TextOf(target.Branch)}, NULLIF(left({TextOf(
                    target.Status
                )}, {LongestStatus}), ''), {startedAt}, {resets},
                  {TextOf(target.LocalPath)}, {TextOf(target.Tenant)}, NULLIF(left({TextOf(target.Holder)}, {LongestHolder}), '')
                FROM {new TargetSql(target, columns).Table}
                """;
        }
    }

    private string TextOf(string column) => columns.Has(column) ? $"{SqlName.Quoted(column)}::text" : "NULL::text";
}

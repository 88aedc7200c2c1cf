using System.Runtime.CompilerServices;
using CodeRepoOperator.Hosting;
using CodeRepoOperator.Indexing.Tables;
using Npgsql;
using NpgsqlTypes;

namespace CodeRepoOperator.Indexing.Importing;

/// <summary>Reads the rows of a table in the order of their keys, in pages: no snapshot is held while CodeRepos are made of them.</summary>
internal sealed class RowReader(IndexingDatabase database, IndexingOptions options)
{
    private const string NameColumn = "name";

    /// <summary>Rows to a page. Default 1,000.</summary>
    public int PageSize { get; init; } = 1_000;

    /// <summary>Whose rows they are; null: anybody's.</summary>
    public IReadOnlyList<string>? Tenants { get; init; }

    /// <summary>Looks whether row level security may hide rows.</summary>
    /// <returns>What to say of that; null: all rows are shown.</returns>
    /// <exception cref="SetupException">It hides all.</exception>
    /// <exception cref="NpgsqlException">The database could not be asked.</exception>
    public async Task<string?> HiddenAsync(IndexingTarget target, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        if (await RowSecurity.ReadAsync(connection, target, cancellationToken) is not { ShowsAllToRead: false } security)
        {
            return null;
        }

        var start = $"Row level security of {target.Schema}.{target.Table}";
        return security.HidesAll
            ? throw new SetupException($"{start} hides all rows from the role {security.Role}. {security.Remedy}")
            : $"{start} may hide rows from the role {security.Role}, and what is hidden is not imported. {security.Remedy}";
    }

    /// <exception cref="SetupException">The table is not as it must be.</exception>
    /// <exception cref="NpgsqlException">The database could not be asked.</exception>
    public async IAsyncEnumerable<IndexingRow> ReadAsync(
        IndexingTarget target,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var columns = await ColumnsAsync(target, cancellationToken);
        string? last = null;
        while (true)
        {
            var page = await PageAsync(target, columns, last, cancellationToken);
            foreach (var row in page)
            {
                yield return row;
            }

            if (page.Count < PageSize)
            {
                yield break;
            }

            last = page[^1].Key;
        }
    }

    private async Task<TableColumns> ColumnsAsync(IndexingTarget target, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var columns = await ColumnProbe.ReadAsync(connection, target, cancellationToken)
            ?? throw new SetupException(
                $"There is no table {target.Schema}.{target.Table}: correct "
                    + $"{IndexingOptions.Section}:{nameof(IndexingOptions.Targets)}, or name another target with --target."
            );
        string[] needed = [target.Key, target.Url, target.Branch, .. Tenants is null ? Array.Empty<string>() : [target.Tenant]];
        var missing = needed.Where(name => !columns.Has(name)).ToList();
        return missing.Count == 0
            ? columns
            : throw new SetupException(
                $"The table {target.Schema}.{target.Table} lacks "
                    + $"{string.Join(" and ", missing.Select(name => name.Length > 0 ? name : "a column that the settings leave out"))}"
                    + ": an import needs the columns of key, URL and branch; name them in "
                    + $"{IndexingOptions.Section}:{nameof(IndexingOptions.Targets)}."
            );
    }

    private async Task<IReadOnlyList<IndexingRow>> PageAsync(
        IndexingTarget target,
        TableColumns columns,
        string? last,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await StatementLimits.ApplyAsync(connection, options, cancellationToken);
        await using var command = new NpgsqlCommand(Sql(target, columns, isFirst: last is null), connection)
        {
            Parameters = { new() { Value = PageSize } },
        };
        if (last is not null)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = last, NpgsqlDbType = NpgsqlDbType.Text });
        }

        if (Tenants is not null)
        {
            command.Parameters.Add(
                new NpgsqlParameter { Value = Tenants.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text }
            );
        }

        var page = new List<IndexingRow>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            page.Add(new IndexingRow(reader.TextAt(0)!, reader.TextAt(2) ?? "", reader.TextAt(3)) { Name = reader.TextAt(1) });
        }

        return page;
    }

    private string Sql(IndexingTarget target, TableColumns columns, bool isFirst)
    {
        var key = SqlName.Quoted(target.Key);
        var ofTenant = Tenants is null ? "" : $" AND {SqlName.Quoted(target.Tenant)}::text = ANY(${(isFirst ? 2 : 3)})";
        var name = columns.Has(NameColumn) ? $"{SqlName.Quoted(NameColumn)}::text" : "NULL::text";
        return $"""
            SELECT {key}::text, {name}, {SqlName.Quoted(target.Url)}::text, {SqlName.Quoted(target.Branch)}::text FROM {new TargetSql(
                target,
                columns
            ).Table}
            WHERE {(isFirst ? $"{key} IS NOT NULL" : $"{key} > $2::{columns.Types[target.Key]}")}{ofTenant} ORDER BY {key} LIMIT $1
            """;
    }
}

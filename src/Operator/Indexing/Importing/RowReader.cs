using System.Runtime.CompilerServices;
using CodeRepoOperator.Hosting;
using CodeRepoOperator.Indexing.Tables;
using Npgsql;

namespace CodeRepoOperator.Indexing.Importing;

/// <summary>Reads the rows of a table in the order of their keys, in pages: no snapshot is held while CodeRepos are made of them.</summary>
internal sealed class RowReader(IndexingDatabase database, IndexingOptions options)
{
    /// <summary>Rows to a page. Default 1,000.</summary>
    public int PageSize { get; init; } = 1_000;

    /// <summary>Whose rows they are; null: anybody's.</summary>
    public IReadOnlyList<string>? Tenants { get; init; }

    /// <summary>Whether the column <see cref="IndexingTarget.Problem"/> is read, where the target names one. Default: no.</summary>
    public bool ReadsProblems { get; init; }

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
            : $"{start} may hide rows from the role {security.Role}, and no CodeRepo is made of what is hidden. {security.Remedy}";
    }

    /// <exception cref="SetupException">The table is not as it must be.</exception>
    /// <exception cref="NpgsqlException">The database could not be asked.</exception>
    public async IAsyncEnumerable<IndexingRow> ReadAsync(
        IndexingTarget target,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var columns = await ColumnsAsync(target, cancellationToken);
        var key = SqlName.Quoted(target.Key);
        string? last = null;
        while (true)
        {
            var page = last is null
                ? await PageAsync(target, columns, $"{key} IS NOT NULL", [], cancellationToken)
                : await PageAsync(target, columns, $"{key} > $2::{columns.Types[target.Key]}", [TextParameter.Of(last)], cancellationToken);
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

    /// <summary>Reads the rows with these keys; those that there are not are left out.</summary>
    /// <param name="target">The table.</param>
    /// <param name="keys">The keys, a page at most.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="SetupException">The table is not as it must be.</exception>
    /// <exception cref="NpgsqlException">The database could not be asked, or one of these can't be a key.</exception>
    public async Task<IReadOnlyList<IndexingRow>> FindAsync(
        IndexingTarget target,
        IReadOnlyCollection<string> keys,
        CancellationToken cancellationToken
    )
    {
        var columns = await ColumnsAsync(target, cancellationToken);
        var where = $"{SqlName.Quoted(target.Key)} = ANY ($2::text[]::{columns.Types[target.Key]}[])";
        return await PageAsync(target, columns, where, [TextParameter.Of(keys)], cancellationToken);
    }

    private async Task<TableColumns> ColumnsAsync(IndexingTarget target, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var columns = await ColumnProbe.ReadAsync(connection, target, cancellationToken)
            ?? throw new SetupException(
                $"There is no table {target.Schema}.{target.Table}: correct "
                    + $"{IndexingOptions.Section}:{nameof(IndexingOptions.Targets)}, or name another target with --target."
            );
        string[] needed =
        [
            target.Key,
            target.Url,
            target.Branch,
            .. Tenants is null ? Array.Empty<string>() : [target.Tenant],
            .. ReadsProblems && target.Problem.Length > 0 ? [target.Problem] : Array.Empty<string>(),
        ];
        var missing = needed.Where(name => !columns.Has(name)).ToList();
        return missing.Count == 0
            ? columns
            : throw new SetupException(
                $"The table {target.Schema}.{target.Table} lacks "
                    + $"{string.Join(" and ", missing.Select(name => name.Length > 0 ? name : "a column that the settings leave out"))}"
                    + ": rows that CodeRepos are made of need columns of key, URL and branch; name them in "
                    + $"{IndexingOptions.Section}:{nameof(IndexingOptions.Targets)}."
            );
    }

    /// <param name="target">The table.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="where">Which rows.</param>
    /// <param name="values">Of the parameters in it, from <c>$2</c> on.</param>
    /// <param name="cancellationToken">Ends it.</param>
    private async Task<IReadOnlyList<IndexingRow>> PageAsync(
        IndexingTarget target,
        TableColumns columns,
        string where,
        NpgsqlParameter[] values,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await StatementLimits.ApplyAsync(connection, options, cancellationToken);
        await using var command = new NpgsqlCommand { Connection = connection };
        command.Parameters.Add(new NpgsqlParameter { Value = PageSize });
        command.Parameters.AddRange(values);
        if (Tenants is not null)
        {
            command.Parameters.Add(TextParameter.Of(Tenants));
            where += $" AND {SqlName.Quoted(target.Tenant)}::text = ANY(${command.Parameters.Count})";
        }

        command.CommandText = Sql(target, columns, where);
        var page = new List<IndexingRow>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            page.Add(
                new IndexingRow(reader.TextAt(0)!, reader.TextAt(2) ?? "", reader.TextAt(3))
                {
                    Name = reader.TextAt(1),
                    Problem = reader.TextAt(4),
                }
            );
        }

        return page;
    }

    /// <summary>The order is the key's. Without the alias it would be that of the text, which is called as the column is.</summary>
    private string Sql(IndexingTarget target, TableColumns columns, string where)
    {
        string Text(string column) => column.Length > 0 && columns.Has(column) ? $"{SqlName.Quoted(column)}::text" : "NULL::text";
        var problem = Text(ReadsProblems ? target.Problem : "");
        return $"""
            SELECT {Text(target.Key)}, {Text(IndexingTarget.NameColumn)}, {Text(target.Url)}, {Text(target.Branch)}, {problem}
            FROM {new TargetSql(target, columns).Table} AS t WHERE {where} ORDER BY t.{SqlName.Quoted(target.Key)} LIMIT $1
            """;
    }
}

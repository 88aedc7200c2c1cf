using System.Globalization;
using Npgsql;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>Queries about one table, whose schema and name are their first two parameters.</summary>
internal sealed class TableCatalog
{
    private readonly NpgsqlConnection _connection;
    private readonly CancellationToken _cancellationToken;
    private readonly object[] _table;

    public TableCatalog(NpgsqlConnection connection, string schema, string table, CancellationToken cancellationToken) =>
        (_connection, _table, _cancellationToken) = (connection, [schema, table], cancellationToken);

    public TableCatalog(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        (_connection, _table, _cancellationToken) = (connection, [], cancellationToken);

    public async Task<List<string[]>> RowsAsync(string sql, params object[] more)
    {
        await using var command = new NpgsqlCommand(sql, _connection);
        command.Parameters.AddRange(_table.Concat(more).Select(value => new NpgsqlParameter { Value = value }).ToArray());
        await using var reader = await command.ExecuteReaderAsync(_cancellationToken);
        var rows = new List<string[]>();
        while (await reader.ReadAsync(_cancellationToken))
        {
            rows.Add([
                .. Enumerable
                    .Range(0, reader.FieldCount)
                    .Select(field => Convert.ToString(reader.GetValue(field), CultureInfo.InvariantCulture)!),
            ]);
        }

        return rows;
    }

    public async Task<string[]?> RowAsync(string sql) => (await RowsAsync(sql)).FirstOrDefault();

    public async Task<List<string>> ColumnAsync(string sql, params object[] more) =>
        [.. (await RowsAsync(sql, more)).Select(row => row[0])];

    public async Task<bool> IsSoAsync(string sql, params object[] more) => bool.Parse((await RowsAsync(sql, more))[0][0]);
}

using Npgsql;

namespace CodeRepoOperator.Machinery.Database;

/// <summary>A session of another client, whose transactions a test begins and ends.</summary>
internal sealed class OtherSession : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;

    private OtherSession(NpgsqlConnection connection) => _connection = connection;

    public static async Task<OtherSession> OpenAsync(PostgresDatabase database, CancellationToken cancellationToken) =>
        new(await database.Source.OpenConnectionAsync(cancellationToken));

    /// <summary>Runs SQL; returns how many rows it changed.</summary>
    public async Task<int> RunAsync(string sql, CancellationToken cancellationToken, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, _connection);
        command.Parameters.AddRange(values.Select(value => new NpgsqlParameter { Value = value }).ToArray());
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}

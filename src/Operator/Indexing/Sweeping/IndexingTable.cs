using System.Data;
using CodeRepoOperator.Indexing.Tables;
using Npgsql;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>Runs the statements of the sweep, each in a transaction of its own and in one round trip.</summary>
/// <param name="connection">An open connection to the primary.</param>
/// <param name="options">How long a statement may wait and take, and how often a row is reset.</param>
internal sealed class IndexingTable(NpgsqlConnection connection, IndexingOptions options)
{
    /// <summary>How much longer than the server we wait before a connection counts as dead: the server's own limit ends the rest.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Limits that hold for this transaction only. Where row level security is set off, the server refuses each statement that a policy
    /// is applied to, also if it shows all rows; <see cref="RowSecurity"/> looks at what policies show.
    /// </summary>
    private const string Settings = $"{StatementLimits.Sql}, set_config('row_security', 'on', true)";

    /// <summary>Looks at both ends of the index.</summary>
    /// <exception cref="NpgsqlException">It could not be done.</exception>
    public Task<TableLook> LookAsync(SweepSql sql, CancellationToken cancellationToken) =>
        InTransactionAsync(
            sql.Look(),
            async reader =>
            {
                await reader.ReadAsync(cancellationToken);
                var age = await reader.IsDBNullAsync(3, cancellationToken) ? TimeSpan.Zero : TimeSpan.FromSeconds(reader.GetDouble(3));
                return new TableLook(
                    reader.GetDateTime(0),
                    !await reader.IsDBNullAsync(1, cancellationToken),
                    !await reader.IsDBNullAsync(2, cancellationToken),
                    age
                )
                {
                    ServerStarted = reader.GetDateTime(4),
                    HasRowSecurity = reader.GetBoolean(5),
                };
            },
            cancellationToken
        );

    /// <summary>Runs a statement that counts.</summary>
    /// <exception cref="NpgsqlException">It could not be done.</exception>
    public Task<long> CountAsync(NpgsqlBatchCommand command, CancellationToken cancellationToken) =>
        InTransactionAsync(command, async reader => await reader.ReadAsync(cancellationToken) ? reader.GetInt64(0) : 0, cancellationToken);

    /// <summary>Runs a statement that reads texts.</summary>
    /// <exception cref="NpgsqlException">It could not be done.</exception>
    public Task<List<string>> TextsAsync(NpgsqlBatchCommand command, CancellationToken cancellationToken) =>
        InTransactionAsync(
            command,
            async reader =>
            {
                var texts = new List<string>();
                while (await reader.ReadAsync(cancellationToken))
                {
                    texts.Add(reader.TextAt(0)!);
                }

                return texts;
            },
            cancellationToken
        );

    /// <summary>Runs a statement that finds or changes rows. When it returns, what it changed is committed.</summary>
    /// <exception cref="NpgsqlException">It could not be done. Unless the connection broke at the commit, nothing is changed.</exception>
    public Task<List<SweptRow>> RowsAsync(NpgsqlBatchCommand command, CancellationToken cancellationToken) =>
        InTransactionAsync(
            command,
            async reader =>
            {
                var rows = new List<SweptRow>();
                while (await reader.ReadAsync(cancellationToken))
                {
                    int? before = await reader.IsDBNullAsync(2, cancellationToken)
                        ? null
                        : (int)Math.Clamp(reader.GetInt64(2), int.MinValue, int.MaxValue - 1);
                    var resets = before + 1;
                    rows.Add(
                        new SweptRow(reader.TextAt(0)!, TimeSpan.FromSeconds(reader.GetDouble(1)), resets, resets > options.MaxResets)
                        {
                            IsChanged = reader.GetBoolean(3),
                            Seen = reader.GetInt64(4),
                        }
                    );
                }

                return rows;
            },
            cancellationToken
        );

    private async Task<T> InTransactionAsync<T>(
        NpgsqlBatchCommand command,
        Func<NpgsqlDataReader, Task<T>> read,
        CancellationToken cancellationToken
    )
    {
        if (connection.State != ConnectionState.Open)
        {
            // Some errors end the connection, and a row may be the cause of one. Where the server is gone, this fails as well.
            await connection.CloseAsync();
            await connection.OpenAsync(cancellationToken);
        }

        // The level is named: a role may have another by default, under which a row that changed meanwhile fails the statement.
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands = { new("BEGIN ISOLATION LEVEL READ COMMITTED"), Limits(), command, new("COMMIT") },
            Timeout = (int)Math.Ceiling((options.StatementTimeout + options.LockTimeout + Patience).TotalSeconds),
        };
        try
        {
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            await reader.NextResultAsync(cancellationToken);
            var result = await read(reader);
            while (await reader.NextResultAsync(cancellationToken))
            {
                // To the end: a commit may fail as well.
            }

            return result;
        }
        catch (PostgresException) when (connection.State == ConnectionState.Open)
        {
            await using var rollback = new NpgsqlCommand("ROLLBACK", connection);
            await rollback.ExecuteNonQueryAsync(cancellationToken);
            throw;
        }
    }

    private NpgsqlBatchCommand Limits()
    {
        var command = new NpgsqlBatchCommand(Settings);
        command.Parameters.AddRange(StatementLimits.Parameters(options));
        return command;
    }
}

using System.Globalization;
using Npgsql;

namespace CodeRepoOperator.Indexing.Tables;

/// <summary>What the statements of a transaction may wait for a lock, and take.</summary>
internal static class StatementLimits
{
    /// <summary>Sets them for the transaction alone; with <see cref="Parameters"/>. More settings may be appended.</summary>
    public const string Sql = "SELECT set_config('lock_timeout', $1, true), set_config('statement_timeout', $2, true)";

    /// <summary>The values.</summary>
    public static NpgsqlParameter[] Parameters(IndexingOptions options) =>
        [new() { Value = Milliseconds(options.LockTimeout) }, new() { Value = Milliseconds(options.StatementTimeout) }];

    /// <summary>Sets them in the transaction that is open.</summary>
    /// <exception cref="NpgsqlException">The database could not be asked.</exception>
    public static async Task ApplyAsync(NpgsqlConnection connection, IndexingOptions options, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Sql, connection);
        command.Parameters.AddRange(Parameters(options));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static string Milliseconds(TimeSpan time) => Math.Ceiling(time.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
}

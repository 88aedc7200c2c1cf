using Npgsql;

namespace CodeRepoOperator.Machinery.Database;

/// <summary>A database of a test, and the original schema for it.</summary>
public sealed class PostgresDatabase : IAsyncDisposable
{
    /// <summary>The tables as an installation has them that never heard of this operator.</summary>
    public const string OriginalSchema = """
        CREATE TABLE repositories (
          id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text, git_url text, branch text, local_path text,
          status text DEFAULT 'cloned', file_count int, function_count int, last_indexed_commit text, last_indexed_at timestamptz,
          created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now());
        CREATE TABLE indexing_jobs (
          id uuid PRIMARY KEY DEFAULT gen_random_uuid(), repo_id uuid REFERENCES repositories (id),
          status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'running', 'completed', 'failed')),
          error_message text, started_at timestamptz, completed_at timestamptz);
        """;

    private PostgresDatabase(int port, string name)
    {
        (Port, Name) = (port, name);
        ConnectionString = $"Host=127.0.0.1;Port={port};Username=postgres;Password=postgres;Database={name}";
        Source = NpgsqlDataSource.Create(ConnectionString);
    }

    /// <summary>The server's port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>The database's name.</summary>
    public string Name { get; }

    /// <summary>The way to it, as the superuser.</summary>
    public string ConnectionString { get; }

    /// <summary>The same, as libpq has it.</summary>
    public string Url => $"postgresql://postgres:postgres@127.0.0.1:{Port}/{Name}";

    /// <summary>Connections of the superuser.</summary>
    public NpgsqlDataSource Source { get; }

    /// <summary>Makes a database on a server.</summary>
    /// <param name="port">The server's port on 127.0.0.1.</param>
    /// <param name="name">The database's name.</param>
    /// <param name="cancellationToken">The test's token.</param>
    /// <param name="template">The database that it is a copy of.</param>
    public static async Task<PostgresDatabase> CreateAsync(
        int port,
        string name,
        CancellationToken cancellationToken,
        string template = "template1"
    )
    {
        await using var server = NpgsqlDataSource.Create(
            $"Host=127.0.0.1;Port={port};Username=postgres;Password=postgres;Database=postgres;Pooling=false"
        );
        await using var command = server.CreateCommand($"CREATE DATABASE \"{name}\" TEMPLATE \"{template}\"");
        await command.ExecuteNonQueryAsync(cancellationToken);
        return new PostgresDatabase(port, name);
    }

    /// <summary>Has <c>coderepo-operator migrate</c> prepare the tables.</summary>
    /// <param name="cancellationToken">The test's token.</param>
    /// <param name="settings">More settings: name and value.</param>
    public async Task MigrateAsync(CancellationToken cancellationToken, params (string Name, string Value)[] settings)
    {
        using var directory = new TemporaryDirectory();
        var file = Path.Combine(directory.Path, "connection");
        await File.WriteAllTextAsync(file, ConnectionString, cancellationToken);
        var environment = settings
            .Append(("Indexing__ConnectionFile", file))
            .ToDictionary(setting => setting.Item1, setting => setting.Item2);
        var ran = await ProcessRunner.RunAsync(
            Path.Combine(AppContext.BaseDirectory, "coderepo-operator"),
            ["migrate"],
            environment,
            input: "",
            cancellationToken
        );
        if (ran.ExitCode != 0)
        {
            throw new InvalidOperationException($"migrate ended with {ran.ExitCode}:\n{ran.Output}\n{ran.Error}");
        }
    }

    /// <summary>Runs SQL; returns how many rows it changed.</summary>
    public async Task<int> RunAsync(string sql, CancellationToken cancellationToken, params object?[] values)
    {
        await using var command = Command(sql, values);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The one value that a query gives; default: no row, or NULL.</summary>
    public async Task<T?> ReadAsync<T>(string sql, CancellationToken cancellationToken, params object?[] values)
    {
        await using var command = Command(sql, values);
        return await command.ExecuteScalarAsync(cancellationToken) is T value ? value : default;
    }

    public ValueTask DisposeAsync() => Source.DisposeAsync();

    private NpgsqlCommand Command(string sql, object?[] values)
    {
        var command = Source.CreateCommand(sql);

        // A million rows take their time on a busy machine.
        command.CommandTimeout = 180;
        command.Parameters.AddRange(values.Select(value => new NpgsqlParameter { Value = value ?? DBNull.Value }).ToArray());
        return command;
    }
}

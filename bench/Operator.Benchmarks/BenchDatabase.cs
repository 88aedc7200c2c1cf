using System.Globalization;
using Npgsql;

namespace CodeRepoOperator;

/// <summary>A PostgreSQL of the benchmark's own, that waits for its disk as a real one does, and its table of a million rows.</summary>
internal sealed class BenchDatabase : IAsyncDisposable
{
    /// <summary>Rows of the table.</summary>
    public const int Rows = 1_000_000;

    /// <summary>How many of them are <c>indexing</c>: those whose key is at most this.</summary>
    public const int Indexing = 100_000;

    private const string Schema = """
        DROP TABLE IF EXISTS repositories;
        DROP SCHEMA IF EXISTS coderepo CASCADE;
        CREATE TABLE repositories (
          id bigint PRIMARY KEY, name text, git_url text, branch text, local_path text, status text DEFAULT 'cloned',
          file_count int, function_count int, last_indexed_commit text, last_indexed_at timestamptz,
          created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now());
        """;

    private const string Fill = """
        ALTER TABLE repositories DISABLE TRIGGER USER;
        INSERT INTO repositories (id, name, git_url, branch, status, last_indexed_commit, indexing_started_at, indexing_token)
        SELECT n, 'repo-' || n, 'https://git.example.com/team/repo-' || n || '.git', 'main',
          CASE WHEN n <= @indexing THEN 'indexing' ELSE 'indexed' END, md5(n::text),
          CASE WHEN n <= @indexing THEN now() - @age - random() * interval '1 minute' END, 1
        FROM generate_series(1, @rows) n;
        ALTER TABLE repositories ENABLE TRIGGER USER;
        """;

    private readonly TemporaryDirectory _files = new();
    private readonly TemporaryDirectory _data;
    private readonly PostgresProcess _server;

    private BenchDatabase(TemporaryDirectory data, PostgresProcess server)
    {
        (_data, _server) = (data, server);
        ConnectionString = $"Host=127.0.0.1;Port={server.Port};Username=postgres;Password=postgres;Database=postgres;Max Auto Prepare=10";
        ConnectionFile = Path.Combine(_files.Path, "connection");
        File.WriteAllText(ConnectionFile, ConnectionString);
        Source = NpgsqlDataSource.Create(ConnectionString);
    }

    public string ConnectionString { get; }

    /// <summary>A file with the connection string, as the operator wants it.</summary>
    public string ConnectionFile { get; }

    public NpgsqlDataSource Source { get; }

    public static async Task<BenchDatabase> StartAsync(CancellationToken cancellationToken)
    {
        var data = new TemporaryDirectory();
        var server = await PostgresProcess.StartAsync(
            data.Path,
            cancellationToken,
            "fsync=on",
            "full_page_writes=on",
            "shared_buffers=512MB",
            "max_wal_size=4GB",
            "autovacuum=off"
        );
        return new BenchDatabase(data, server);
    }

    /// <summary>
    /// Gives the server one half of the cores and this process, with what it starts, the other: clients of a database are on other
    /// machines, and must not be measured by what they take from it.
    /// </summary>
    public async Task PartCoresAsync(CancellationToken cancellationToken)
    {
        var half = Environment.ProcessorCount / 2;
        if (half == 0)
        {
            throw new InvalidOperationException("One core can't be parted.");
        }

        // What a process starts from now on has its cores.
        var postmaster = (await File.ReadAllLinesAsync(Path.Combine(_data.Path, "data", "postmaster.pid"), cancellationToken))[0];
        await PinAsync(postmaster, $"0-{half - 1}", cancellationToken);
        await PinAsync(Environment.ProcessId.ToString(CultureInfo.InvariantCulture), $"{half}-{(2 * half) - 1}", cancellationToken);
        Source.Clear();
    }

    /// <summary>Makes the table anew, without a row, as after a <c>migrate</c>.</summary>
    /// <param name="settings">More settings of that.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task MigrateAsync(IEnumerable<(string Name, string Value)> settings, CancellationToken cancellationToken)
    {
        await RunAsync(Schema, cancellationToken);
        var migrated = await ProcessRunner.RunAsync(
            Path.Combine(AppContext.BaseDirectory, "coderepo-operator"),
            ["migrate"],
            settings.Append(("Indexing__ConnectionFile", ConnectionFile)).ToDictionary(setting => setting.Item1, setting => setting.Item2),
            input: "",
            cancellationToken
        );
        if (migrated.ExitCode != 0)
        {
            throw new InvalidOperationException($"migrate failed: {migrated.Output}{migrated.Error}");
        }
    }

    /// <summary>The same, with all its rows.</summary>
    /// <param name="age">How long ago those that are <c>indexing</c> gave their last sign of life, give or take half a minute.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task FillAsync(TimeSpan age, CancellationToken cancellationToken)
    {
        await MigrateAsync([], cancellationToken);
        await using var fill = Source.CreateCommand(Fill);
        fill.Parameters.AddWithValue("rows", Rows);
        fill.Parameters.AddWithValue("indexing", Indexing);
        fill.Parameters.AddWithValue("age", age);
        fill.CommandTimeout = 0;
        await fill.ExecuteNonQueryAsync(cancellationToken);
        await RunAsync("VACUUM (ANALYZE) repositories", cancellationToken);
        await RunAsync("CHECKPOINT", cancellationToken);
    }

    public async Task RunAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = Source.CreateCommand(sql);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>One value.</summary>
    public async Task<T> ReadAsync<T>(string sql, CancellationToken cancellationToken)
    {
        await using var command = Source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Runs psql or pgbench on it.</summary>
    /// <returns>What it printed.</returns>
    public async Task<string> ProgramAsync(string program, string input, CancellationToken cancellationToken, params string[] arguments)
    {
        string[] way = ["--host=127.0.0.1", $"--port={_server.Port.ToString(CultureInfo.InvariantCulture)}", "--username=postgres"];
        var ran = await ProcessRunner.RunAsync(
            program,
            [.. way, .. arguments, "postgres"],
            new Dictionary<string, string> { ["PGPASSWORD"] = "postgres" },
            input,
            cancellationToken
        );
        return ran.ExitCode == 0 ? ran.Output : throw new InvalidOperationException($"{program} failed: {ran.Output}{ran.Error}");
    }

    /// <summary>A file of its directory.</summary>
    public async Task<string> FileAsync(string name, string content, CancellationToken cancellationToken)
    {
        var path = Path.Combine(_files.Path, name);
        await File.WriteAllTextAsync(path, content, cancellationToken);
        return path;
    }

    private static async Task PinAsync(string process, string cores, CancellationToken cancellationToken)
    {
        var ran = await ProcessRunner.RunAsync(
            "taskset",
            ["--all-tasks", "--cpu-list", "--pid", cores, process],
            new Dictionary<string, string>(),
            input: "",
            cancellationToken
        );
        if (ran.ExitCode != 0)
        {
            throw new InvalidOperationException($"taskset failed: {ran.Error}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await _server.DisposeAsync();
        _data.Dispose();
        _files.Dispose();
    }
}

using System.Diagnostics;
using Npgsql;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>How long others are held up while a table is migrated.</summary>
[Collection(nameof(RunAlone))]
public sealed class ShortLockTests(PostgresServer server)
{
    /// <summary>100 ms of a wait for a lock, and what a busy machine adds.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(500);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_million_rows_are_migrated_while_others_read_and_write()
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        await fixture.Database.RunAsync(
            "INSERT INTO repositories (git_url, status) SELECT 'https://git.example.com/' || i, CASE WHEN i % 10 = 0 THEN 'indexing' "
                + "ELSE 'indexed' END FROM generate_series(1, 1000000) i",
            Token
        );
        await using var bystander = await Bystander.StartAsync(fixture);

        await fixture.MigrateAsync(MigrationFixture.Settings());

        var (rounds, longest) = await bystander.StopAsync();
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{rounds} rounds, the longest {longest.TotalMilliseconds:F0} ms; "
                + $"{string.Join("; ", fixture.Log.Entries.Select(entry => entry.Text))}"
        );
        Assert.InRange(longest, TimeSpan.Zero, LongestWait);
        Assert.InRange(rounds, 100, int.MaxValue);
        Assert.True(await fixture.Database.ReadAsync<bool>("SELECT count(*) = 0 FROM repositories WHERE indexing_token > 0", Token));
    }

    [Fact]
    public async Task Others_go_on_while_it_waits_for_a_long_reader_and_it_ends_with_the_reader()
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        await fixture.Database.RunAsync("INSERT INTO repositories (name) VALUES ('a')", Token);
        await using var bystander = await Bystander.StartAsync(fixture);
        await using var reader = await fixture.Database.Source.OpenConnectionAsync(Token);
        var reading = await reader.BeginTransactionAsync(Token);
        await using var read = new NpgsqlCommand("SELECT FROM repositories", reader);
        await read.ExecuteNonQueryAsync(Token);

        var migration = fixture.MigrateAsync(MigrationFixture.Settings());
        await Eventually.True(
            () => fixture.Log.Entries.Any(entry => entry.Text.Contains("blocks nobody meanwhile", StringComparison.Ordinal)),
            TimeSpan.FromSeconds(10),
            Token
        );

        // Long enough for several tries.
        var seen = bystander.Rounds;
        await Eventually.True(() => bystander.Rounds > seen + 1_000, TimeSpan.FromSeconds(30), Token);
        Assert.False(migration.IsCompleted);
        await reading.DisposeAsync();
        await migration.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Token);

        var (_, longest) = await bystander.StopAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"the longest {longest.TotalMilliseconds:F0} ms");
        Assert.InRange(longest, TimeSpan.Zero, LongestWait);
    }

    /// <summary>A session that writes and reads the table all the time.</summary>
    private sealed class Bystander : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _working;
        private TimeSpan _longest;
        private int _rounds;

        private Bystander(NpgsqlConnection connection) => _working = Task.Run(() => WorkAsync(connection));

        public int Rounds => Volatile.Read(ref _rounds);

        public static async Task<Bystander> StartAsync(MigrationFixture fixture)
        {
            var connection = await fixture.Database.Source.OpenConnectionAsync(Token);
            var bystander = new Bystander(connection);
            await Eventually.True(() => bystander.Rounds > 0, TimeSpan.FromSeconds(10), Token);
            return bystander;
        }

        public async Task<(int Rounds, TimeSpan Longest)> StopAsync()
        {
            await _stop.CancelAsync();
            await _working;
            return (_rounds, _longest);
        }

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            _stop.Dispose();
        }

        private async Task WorkAsync(NpgsqlConnection connection)
        {
            await using var owned = connection;
            await using var pick = new NpgsqlCommand("SELECT id FROM repositories LIMIT 1", connection);
            var id = (Guid)(await pick.ExecuteScalarAsync(Token))!;
            await using var batch = new NpgsqlBatch(connection)
            {
                BatchCommands =
                {
                    new("UPDATE repositories SET updated_at = now() WHERE id = $1") { Parameters = { new() { Value = id } } },
                    new("SELECT status FROM repositories WHERE id = $1") { Parameters = { new() { Value = id } } },
                },
            };
            while (!_stop.IsCancellationRequested)
            {
                var watch = Stopwatch.StartNew();
                await batch.ExecuteNonQueryAsync(Token);
                _longest = watch.Elapsed > _longest ? watch.Elapsed : _longest;
                Interlocked.Increment(ref _rounds);
            }
        }
    }
}

using CodeRepoOperator.Hosting;
using Npgsql;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>Migrations through a real PgBouncer.</summary>
public sealed class PoolerTests(PostgresServer server)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 0)]
    [InlineData(5, 0)]
    [InlineData(1, 4)]
    [InlineData(3, 8)]
    public async Task One_that_lends_sessions_is_refused_in_every_run_and_gets_nothing_of_ours(int sessions, int clients)
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        await using var pooler = await PgBouncer.StartAsync(fixture.Database.Port, sessions, Token);
        var pooled = Pooled(fixture, pooler);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var load = Enumerable.Range(0, clients).Select(_ => Task.Run(() => WorkAsync(pooled, stop.Token), Token)).ToList();

        for (var run = 0; run < 6; run++)
        {
            var refused = await Assert.ThrowsAsync<SetupException>(() =>
                fixture.MigrateAsync(MigrationFixture.Settings(), connectionString: pooled)
            );
            Assert.Contains("lead it to PostgreSQL itself", refused.Message, StringComparison.Ordinal);
        }

        await stop.CancelAsync();
        await Task.WhenAll(load);
        await AssertCleanAsync(fixture, pooled, sessions);
    }

    [Fact]
    public async Task One_that_keeps_a_session_for_a_client_is_taken_and_gets_it_back_as_it_was()
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        await using var pooler = await PgBouncer.StartAsync(fixture.Database.Port, poolSize: 2, Token, mode: "session");
        var pooled = Pooled(fixture, pooler);

        await fixture.MigrateAsync(MigrationFixture.Settings(), connectionString: pooled);

        Assert.Null(await fixture.PrintAsync(MigrationFixture.Settings()));
        await AssertCleanAsync(fixture, pooled, sessions: 2);
    }

    private static string Pooled(MigrationFixture fixture, PgBouncer pooler) =>
        $"Host=127.0.0.1;Port={pooler.Port};Username=postgres;Password=postgres;Database={fixture.Database.Name};Pooling=false";

    private static async Task WorkAsync(string pooled, CancellationToken stop)
    {
        await using var connection = new NpgsqlConnection(pooled);
        await connection.OpenAsync(Token);
        await using var work = new NpgsqlCommand("SELECT count(*) FROM generate_series(1, 1000)", connection);
        while (!stop.IsCancellationRequested)
        {
            await work.ExecuteScalarAsync(Token);
        }
    }

    private static async Task AssertCleanAsync(MigrationFixture fixture, string pooled, int sessions)
    {
        Assert.Equal(
            0L,
            await fixture.Database.ReadAsync<long>(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 "
                    + "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
                Token
            )
        );
        var open = new List<NpgsqlConnection>();
        for (var session = 0; session < sessions; session++)
        {
            // Each holds a session, so that the next one gets another.
            var connection = new NpgsqlConnection(pooled);
            open.Add(connection);
            await connection.OpenAsync(Token);
            await connection.BeginTransactionAsync(Token);
            await using var setting = new NpgsqlCommand("SHOW search_path", connection);
            Assert.Equal("\"$user\", public", await setting.ExecuteScalarAsync(Token));
        }

        foreach (var connection in open)
        {
            await connection.DisposeAsync();
        }
    }
}

using CodeRepoOperator.Indexing.Migrations;
using CodeRepoOperator.Indexing.Sweeping;
using CodeRepoOperator.Indexing.Tables;
using Npgsql;

namespace CodeRepoOperator.Indexing.Claiming;

/// <summary>A migrated table of its own, with one row.</summary>
internal sealed class ClaimTable : IAsyncDisposable
{
    /// <summary>The key of the row.</summary>
    public static readonly Guid Id = Guid.Parse("00000000-0000-0000-0000-000000000001");

    private readonly MigrationFixture _fixture;

    private ClaimTable(MigrationFixture fixture) => _fixture = fixture;

    public PostgresDatabase Database => _fixture.Database;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<ClaimTable> StartAsync(PostgresServer server)
    {
        var fixture = await MigrationFixture.StartAsync(server);
        await fixture.MigrateAsync(MigrationFixture.Settings());
        await fixture.Database.RunAsync("INSERT INTO repositories (id, name, status) VALUES ($1, 'hello', 'cloned')", Token, Id);

        // As a row that was there before the migration: tests count its tokens from 1.
        await fixture.Database.RunAsync("UPDATE repositories SET indexing_token = 0", Token);
        return new ClaimTable(fixture);
    }

    /// <summary>Claims the row; null: another has it.</summary>
    public Task<long?> ClaimAsync(string staleAfter = "30 minutes") =>
        Database.ReadAsync<long?>("SELECT coderepo_claim(id => $1, stale_after => $2::interval)", Token, Id, staleAfter);

    public Task<bool> HeartbeatAsync(long token) =>
        Database.ReadAsync<bool>("SELECT coderepo_heartbeat(id => $1, token => $2)", Token, Id, token);

    public Task<bool> FinishAsync(long token, string status = "indexed") =>
        Database.ReadAsync<bool>("SELECT coderepo_finish(id => $1, token => $2, status => $3)", Token, Id, token, status);

    /// <summary>Changes the row by a plain UPDATE, with <c>$1</c> its key.</summary>
    public Task<int> SetAsync(string set) => Database.RunAsync($"UPDATE repositories SET {set} WHERE id = $1", Token, Id);

    /// <summary>Lets the row's stamps be as old as they would be after this time.</summary>
    public Task AgeAsync(string by) =>
        SetAsync(
            $"indexing_started_at = indexing_started_at - interval '{by}', indexing_heartbeat_at = indexing_heartbeat_at - interval '{by}'"
        );

    /// <summary>What a sweep writes.</summary>
    public Task SweepAsync() => SetAsync("status = 'error', indexing_token = indexing_token + 1, indexing_resets = indexing_resets + 1");

    /// <summary>Sweeps as the operator does.</summary>
    public Task<SweepResult> RealSweepAsync() => _fixture.SweepAsync(new IndexingTarget());

    /// <summary>The row as it is: status, token, resets, and what is stamped.</summary>
    public async Task<string> RowAsync() =>
        (
            await Database.ReadAsync<string>(
                """
                SELECT concat_ws(' ', status, indexing_token, indexing_resets, CASE WHEN indexing_started_at IS NOT NULL THEN 'started' END,
                  CASE WHEN indexing_heartbeat_at IS NOT NULL THEN 'alive' END) FROM repositories WHERE id = $1
                """,
                Token,
                Id
            )
        )!;

    /// <summary>A session of its own.</summary>
    public ValueTask<NpgsqlConnection> OpenAsync() => Database.Source.OpenConnectionAsync(Token);

    /// <summary>Waits until a session waits for another.</summary>
    public Task WhenWaitingAsync(string queryBegins) => _fixture.WhenWaitingAsync(queryBegins);

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();
}

using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace CodeRepoOperator.IndexingClient;

public sealed class IndexingClaimTests(PostgresServer server) : IAsyncLifetime
{
    private static readonly Guid Row = Guid.Parse("4c4c30e1-0000-4000-8000-000000000001");
    private static readonly TimeSpan Threshold = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    private readonly FakeTimeProvider _time = new();
    private PostgresDatabase _database = null!;
    private IndexingClaims _claims = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await server.CreateMigratedDatabaseAsync(Token);
        await _database.RunAsync("INSERT INTO repositories (id) VALUES ($1)", Token, Row);

        // As a row that was there before the migration, whose tokens begin with 1.
        await _database.RunAsync("UPDATE repositories SET indexing_token = 0", Token);
        _claims = new IndexingClaims(_database.Source);
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task A_row_is_claimed_kept_and_finished_once()
    {
        var claim = await ClaimAsync();
        var second = await _claims.ClaimAsync(Row, Threshold, Token);
        var kept = await claim.HeartbeatAsync(Token);
        var finished = await claim.FinishAsync("indexed", Token);
        var again = await claim.FinishAsync("error", Token);
        var late = await claim.HeartbeatAsync(Token);

        Assert.Equal((null, 1L, true, true, false, false), (second, claim.Token, kept, finished, again, late));
        Assert.Equal("indexed", await _database.ReadAsync<string>("SELECT status FROM repositories", Token));
    }

    [Fact]
    public async Task The_next_row_is_claimed_by_a_pod_and_then_there_is_none()
    {
        var holder = IndexingHolder.Pod("indexers", "indexer-0", "0f8fad5b-d9cb-469f-a165-70867728950e");

        var claim = await _claims.ClaimNextAsync<Guid>(["cloned"], Threshold, holder, Token);
        var none = await _claims.ClaimNextAsync<Guid>(["cloned"], Threshold, holder: null, Token);

        Assert.Equal((Row, 1L, null), (claim?.Key, claim?.Token, none));
        Assert.Equal(
            "pod/indexers/indexer-0/0f8fad5b-d9cb-469f-a165-70867728950e",
            await _database.ReadAsync<string>("SELECT indexing_holder FROM repositories", Token)
        );
        Assert.True(await claim!.FinishAsync("cloned", Token));
        Assert.Equal(2, (await _claims.ClaimAsync(Row, Threshold, "any text", Token))?.Token);
        Assert.Equal("any text", await _database.ReadAsync<string>("SELECT indexing_holder FROM repositories", Token));
    }

    [Fact]
    public async Task A_row_that_is_not_there_is_not_claimed() => Assert.Null(await _claims.ClaimAsync(Guid.NewGuid(), Threshold, Token));

    [Fact]
    public async Task Heartbeats_are_sent_while_the_work_runs_and_none_after_it()
    {
        var claim = await ClaimAsync();
        var work = new TaskCompletionSource();
        var holding = claim.HoldWhileAsync(_ => work.Task, Every, _time, Token);
        for (var beat = 0; beat < 2; beat++)
        {
            await _database.RunAsync("UPDATE repositories SET indexing_heartbeat_at = NULL", Token);
            _time.Advance(Every);
            await Eventually.HoldsAsync("a heartbeat", async _ => await IsHeardAsync(), Soon, Token);
        }

        work.SetResult();

        Assert.True(await holding);
        await _database.RunAsync("UPDATE repositories SET indexing_heartbeat_at = NULL", Token);
        _time.Advance(Every);
        Assert.False(await IsHeardAsync());
    }

    [Fact]
    public async Task Work_on_a_row_that_was_lost_is_ended()
    {
        var claim = await ClaimAsync();
        var holding = claim.HoldWhileAsync(lost => Task.Delay(Timeout.InfiniteTimeSpan, _time, lost), Every, _time, Token);
        await _database.RunAsync("SELECT coderepo_claim(id, '0 seconds') FROM repositories", Token);

        _time.Advance(Every);

        Assert.False(await holding.WaitAsync(Soon, Token));
        Assert.False(await claim.FinishAsync("indexed", Token));
    }

    [Fact]
    public async Task A_heartbeat_that_does_not_arrive_is_not_the_end_unless_none_does_for_the_threshold()
    {
        using var directory = new TemporaryDirectory();
        await using var own = await PostgresProcess.StartAsync(directory.Path, Token);
        await using var database = await PostgresDatabase.CreateAsync(own.Port, "claims", Token);
        await database.RunAsync(PostgresDatabase.OriginalSchema, Token);
        await database.MigrateAsync(Token);
        await database.RunAsync("INSERT INTO repositories (id) VALUES ($1)", Token, Row);
        var claim = (await new IndexingClaims(database.Source).ClaimAsync(Row, Threshold, Token))!;
        var ended = new TaskCompletionSource();
        var holding = claim.HoldWhileAsync(lost => EndAsync(ended, lost), Every, _time, Token);

        await own.OrderAsync("kill", Token);
        _time.Advance(Every);
        await own.OrderAsync("start", Token);
        await Eventually.HoldsAsync(
            "a heartbeat arrives again",
            async _ =>
            {
                _time.Advance(TimeSpan.FromSeconds(15));
                return await database.ReadAsync<bool>("SELECT indexing_heartbeat_at IS NOT NULL FROM repositories", Token);
            },
            Soon,
            Token
        );
        Assert.False(ended.Task.IsCompleted);

        await own.OrderAsync("kill", Token);
        await Eventually.True(
            () =>
            {
                _time.Advance(Every);
                return ended.Task.IsCompleted;
            },
            Soon,
            Token
        );
        await Assert.ThrowsAsync<NpgsqlException>(() => holding);
    }

    [Fact]
    public async Task What_the_work_throws_is_thrown()
    {
        var claim = await ClaimAsync();

        await Assert.ThrowsAsync<InvalidDataException>(() =>
            claim.HoldWhileAsync(_ => Task.FromException(new InvalidDataException()), Every, _time, Token)
        );
    }

    [Fact]
    public async Task Whoever_waits_may_end_the_work()
    {
        var claim = await ClaimAsync();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var holding = claim.HoldWhileAsync(lost => Task.Delay(Timeout.InfiniteTimeSpan, _time, lost), Every, _time, ending.Token);

        await ending.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => holding.WaitAsync(Soon, Token));
    }

    private async Task<IndexingClaim<Guid>> ClaimAsync() => (await _claims.ClaimAsync(Row, Threshold, Token))!;

    private Task<bool> IsHeardAsync() => _database.ReadAsync<bool>("SELECT indexing_heartbeat_at IS NOT NULL FROM repositories", Token);

    private static async Task EndAsync(TaskCompletionSource ended, CancellationToken lost)
    {
        var reported = new TaskCompletionSource();
        await using var registration = lost.Register(reported.SetResult);
        await reported.Task;
        ended.SetResult();
    }
}

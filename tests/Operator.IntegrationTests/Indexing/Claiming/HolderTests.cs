namespace CodeRepoOperator.Indexing.Claiming;

/// <summary>Who holds a row is in the row, from the claim to the end of the job, and nobody else is.</summary>
public sealed class HolderTests(PostgresServer server)
{
    private const string Pod = "pod/indexers/indexer-0/0f8fad5b-d9cb-469f-a165-70867728950e";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_holder_is_in_the_row_until_it_finishes()
    {
        await using var table = await ClaimTable.StartAsync(server);

        Assert.Equal(1, await ClaimAsync(table, Pod));
        Assert.True(await table.HeartbeatAsync(1));
        Assert.Equal(Pod, await HolderAsync(table));
        Assert.True(await table.FinishAsync(1));
        Assert.Null(await HolderAsync(table));
    }

    [Fact]
    public async Task A_reset_takes_it_off()
    {
        await using var table = await ClaimTable.StartAsync(server);
        await ClaimAsync(table, Pod);
        await table.AgeAsync("1 day");

        Assert.Single((await table.RealSweepAsync()).Reset);

        Assert.Null(await HolderAsync(table));
    }

    [Theory]
    [InlineData("SELECT coderepo_claim(id) FROM repositories", null)]
    [InlineData("SELECT coderepo_claim(id, '30 minutes') FROM repositories", null)]
    [InlineData(
        "SELECT coderepo_claim(id => id, stale_after => '30 minutes', holder => 'somebody else') FROM repositories",
        "somebody else"
    )]
    [InlineData($"SELECT coderepo_claim(id, '30 minutes', '{Pod}') FROM repositories", Pod)]
    [InlineData($"SELECT token FROM coderepo_claim_next('{{cloned}}', '30 minutes', '{Pod}')", Pod)]
    [InlineData("SELECT token FROM coderepo_claim_next('{cloned}')", null)]
    [InlineData("UPDATE repositories SET status = 'indexing'", null)]
    [InlineData(
        "UPDATE repositories SET status = 'indexing', indexing_holder = 'a plain writer', indexing_started_at = now()",
        "a plain writer"
    )]
    public async Task Who_takes_a_row_over_is_its_holder_and_never_the_one_before(string takeOver, string? holder)
    {
        await using var table = await ClaimTable.StartAsync(server);
        await ClaimAsync(table, Pod);
        await table.AgeAsync("1 day");

        await table.Database.RunAsync(takeOver, Token);

        Assert.Equal("indexing 2 0 started", await table.RowAsync());
        Assert.Equal(holder, await HolderAsync(table));
    }

    [Fact]
    public async Task A_save_of_the_whole_row_leaves_the_holder()
    {
        await using var table = await ClaimTable.StartAsync(server);
        await ClaimAsync(table, Pod);

        await table.SetAsync("name = 'other', status = 'indexing', indexing_holder = NULL");

        Assert.Equal("indexing 1 0 started", await table.RowAsync());
        Assert.Equal(Pod, await HolderAsync(table));
    }

    [Fact]
    public async Task A_row_that_nobody_holds_has_no_holder_whatever_is_written()
    {
        await using var table = await ClaimTable.StartAsync(server);

        await table.SetAsync($"status = 'queued', indexing_holder = '{Pod}'");

        Assert.Null(await HolderAsync(table));
    }

    private static Task<long?> ClaimAsync(ClaimTable table, string holder) =>
        table.Database.ReadAsync<long?>("SELECT coderepo_claim($1, '30 minutes', $2)", Token, ClaimTable.Id, holder);

    private static Task<string?> HolderAsync(ClaimTable table) =>
        table.Database.ReadAsync<string?>("SELECT indexing_holder FROM repositories", Token);
}

namespace CodeRepoOperator.Indexing.Claiming;

/// <summary>Writers that know no functions: the trigger stamps and counts what they do.</summary>
public sealed class PlainWriterTests(PostgresServer server)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_update_to_active_is_a_claim()
    {
        await using var table = await ClaimTable.StartAsync(server);

        await table.SetAsync("status = 'indexing'");

        Assert.Equal("indexing 1 0 started", await table.RowAsync());
        Assert.True(
            await table.Database.ReadAsync<bool>("SELECT indexing_started_at > now() - interval '1 minute' FROM repositories", Token)
        );
        Assert.Null(await table.ClaimAsync());
    }

    [Theory]
    [InlineData("indexing_heartbeat_at = now()")]
    [InlineData("status = 'indexing', indexing_heartbeat_at = now()")]
    public async Task A_heartbeat_is_no_new_claim(string set)
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.ClaimAsync();
        await table.AgeAsync("1 hour");

        await table.SetAsync(set);

        Assert.Equal("indexing 1 0 started alive", await table.RowAsync());
        Assert.True(
            await table.Database.ReadAsync<bool>("SELECT indexing_started_at < now() - interval '59 minutes' FROM repositories", Token)
        );
        Assert.True(await table.FinishAsync(1));
    }

    [Fact]
    public async Task An_update_of_other_columns_changes_nothing_of_ours()
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.ClaimAsync();

        await table.SetAsync("file_count = 7, updated_at = now()");

        Assert.Equal("indexing 1 0 started", await table.RowAsync());
    }

    [Theory]
    [InlineData("INSERT INTO repositories (status) VALUES ('indexing')", "indexing started")]
    [InlineData("INSERT INTO repositories (status) VALUES ('cloned')", "cloned not")]
    [InlineData(
        "INSERT INTO repositories (status, indexing_started_at, indexing_token) VALUES ('indexing', '2001-01-01', 40)",
        "indexing started"
    )]
    public async Task An_insert_is_a_claim_if_it_says_so(string insert, string row)
    {
        await using var table = await ClaimTable.StartAsync(server);

        await table.Database.RunAsync(insert, Token);

        Assert.Equal(
            row,
            await table.Database.ReadAsync<string>(
                "SELECT concat_ws(' ', status, CASE WHEN indexing_started_at > now() - interval '1 minute' THEN 'started' ELSE 'not' "
                    + "END) FROM repositories WHERE name IS NULL",
                Token
            )
        );
    }

    [Fact]
    public async Task An_upsert_with_a_new_start_is_a_claim_and_counts_once()
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.ClaimAsync();
        await table.HeartbeatAsync(1);
        await table.AgeAsync("1 minute");

        await table.Database.RunAsync(
            "INSERT INTO repositories (id, status) VALUES ($1, 'indexing') "
                + "ON CONFLICT (id) DO UPDATE SET status = excluded.status, indexing_started_at = excluded.indexing_started_at, "
                + "indexing_token = excluded.indexing_token",
            Token,
            ClaimTable.Id
        );

        Assert.Equal("indexing 2 0 started", await table.RowAsync());
    }

    [Fact]
    public async Task A_full_row_written_as_it_was_once_read_does_not_turn_the_token_back()
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.ClaimAsync();
        await table.AgeAsync("1 hour");
        await table.ClaimAsync();

        // The first one has read the row with its own token, and writes all columns back, as ORMs do.
        await table.SetAsync(
            "name = 'hello', status = 'indexed', indexing_started_at = now() - interval '1 hour', indexing_heartbeat_at = NULL, "
                + "indexing_token = 1, indexing_resets = 0"
        );

        Assert.Equal("indexed 2 0", await table.RowAsync());
        Assert.Equal(3, await table.ClaimAsync());
    }

    [Fact]
    public async Task A_full_row_with_a_heartbeat_changes_neither_start_nor_token()
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.ClaimAsync();

        await table.SetAsync(
            "name = 'hello', status = 'indexing', indexing_started_at = '2001-01-01', indexing_heartbeat_at = now(), indexing_token = "
                + "0, indexing_resets = 0"
        );

        Assert.Equal("indexing 1 0 started alive", await table.RowAsync());
        Assert.True(
            await table.Database.ReadAsync<bool>("SELECT indexing_started_at > now() - interval '1 minute' FROM repositories", Token)
        );
    }

    [Fact]
    public async Task A_job_that_ends_by_itself_sets_the_count_of_resets_back()
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.ClaimAsync();
        await table.SweepAsync();
        Assert.Equal("error 2 1", await table.RowAsync());
        await table.ClaimAsync();
        Assert.Equal("indexing 3 1 started", await table.RowAsync());

        await table.SetAsync("status = 'indexed'");

        Assert.Equal("indexed 3 0", await table.RowAsync());
    }

    [Fact]
    public async Task A_row_that_was_reset_keeps_its_count_when_its_status_is_changed_once_more()
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.ClaimAsync();
        await table.SweepAsync();

        await table.SetAsync("status = 'cloned'");

        Assert.Equal("cloned 2 1", await table.RowAsync());
    }
}

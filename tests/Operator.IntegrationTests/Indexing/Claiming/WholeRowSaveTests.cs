namespace CodeRepoOperator.Indexing.Claiming;

/// <summary>Writers that save whole rows, as ORMs do: an edit of a row that is held is no claim of it.</summary>
public sealed class WholeRowSaveTests(PostgresServer server)
{
    private const string OurColumns = "status, indexing_started_at, indexing_heartbeat_at, indexing_token, indexing_resets";

    /// <summary>How an ORM may have the times that it read: as they were, or with fewer digits.</summary>
    public static TheoryData<string> Precisions => ["microseconds", "milliseconds", "second"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Precisions))]
    public async Task An_edit_of_a_name_leaves_the_row_to_its_holder(string precision)
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.ClaimAsync();
        await table.HeartbeatAsync(1);
        var stamps = await StampsAsync(table);

        await SaveAsync(table, await ReadAsync(table), precision);

        Assert.Equal("indexing 1 0 started alive", await table.RowAsync());
        Assert.Equal(stamps, await StampsAsync(table));
        Assert.True(await table.HeartbeatAsync(1));
        Assert.True(await table.FinishAsync(1));
    }

    [Fact]
    public async Task A_row_that_was_read_before_the_last_heartbeat_does_not_take_it_away()
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.ClaimAsync();
        var read = await ReadAsync(table);
        await table.HeartbeatAsync(1);
        var stamps = await StampsAsync(table);

        await SaveAsync(table, read);

        Assert.Equal(stamps, await StampsAsync(table));
        Assert.True(await table.FinishAsync(1));
    }

    [Fact]
    public async Task A_row_that_was_read_under_its_last_holder_does_not_take_it_from_the_next()
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.ClaimAsync();
        await table.AgeAsync("1 hour");
        var read = await ReadAsync(table);
        Assert.Equal(2, await table.ClaimAsync());
        var stamps = await StampsAsync(table);

        await SaveAsync(table, read);

        Assert.Equal(stamps, await StampsAsync(table));
        Assert.True(await table.FinishAsync(2));
    }

    [Fact]
    public async Task The_status_alone_written_as_it_is_changes_nothing()
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.ClaimAsync();
        var stamps = await StampsAsync(table);

        await table.SetAsync("status = 'indexing'");

        Assert.Equal(stamps, await StampsAsync(table));
        Assert.True(await table.FinishAsync(1));
    }

    [Theory]
    [InlineData("status = excluded.status, name = excluded.name")]
    [InlineData(
        "status = excluded.status, name = excluded.name, indexing_started_at = excluded.indexing_started_at, indexing_heartbeat_at = "
            + "excluded.indexing_heartbeat_at, indexing_token = excluded.indexing_token"
    )]
    public async Task An_upsert_of_a_whole_row_leaves_it_to_its_holder(string set)
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.ClaimAsync();
        await table.AgeAsync("10 minutes");
        await table.HeartbeatAsync(1);
        var stamps = await StampsAsync(table);

        await table.Database.RunAsync(
            $"INSERT INTO repositories (id, name, {OurColumns}) SELECT id, 'other', {OurColumns} FROM repositories ON CONFLICT (id) DO "
                + $"UPDATE SET {set}",
            Token
        );

        Assert.Equal(stamps, await StampsAsync(table));
        Assert.True(await table.FinishAsync(1));
    }

    [Fact]
    public async Task A_new_start_is_a_new_claim()
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.ClaimAsync();
        await table.HeartbeatAsync(1);
        await table.AgeAsync("1 hour");

        await table.SetAsync("status = 'indexing', indexing_started_at = now()");

        Assert.Equal("indexing 2 0 started", await table.RowAsync());
        Assert.False(await table.FinishAsync(1));
        Assert.Null(await table.ClaimAsync());
    }

    /// <summary>Whoever looks at the stamps and writes the status alone: the row is as good as free by then.</summary>
    [Theory]
    [InlineData("29 minutes", "indexing 1 0 started alive")]
    [InlineData("31 minutes", "indexing 2 0 started")]
    public async Task The_status_alone_is_a_new_claim_of_a_row_whose_holder_was_silent_for_longer_than_the_threshold(
        string silence,
        string row
    )
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.ClaimAsync();
        await table.HeartbeatAsync(1);
        await table.AgeAsync(silence);

        await table.SetAsync("status = 'indexing'");

        Assert.Equal(row, await table.RowAsync());
    }

    [Fact]
    public async Task An_edit_of_a_name_leaves_even_a_silent_holder_its_row()
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.ClaimAsync();
        await table.AgeAsync("1 hour");

        await SaveAsync(table, await ReadAsync(table));

        Assert.True(await table.FinishAsync(1));
    }

    [Fact]
    public async Task A_row_that_is_held_by_nobody_keeps_its_token_and_has_no_stamp_after_a_save()
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.ClaimAsync();
        var read = await ReadAsync(table);
        await table.FinishAsync(1);
        Assert.Equal(2, await table.ClaimAsync());
        await table.FinishAsync(2);

        await SaveAsync(table, read.Replace("\"indexing\"", "\"indexed\"", StringComparison.Ordinal));

        Assert.Equal("indexed 2 0", await table.RowAsync());
    }

    /// <summary>Reads the row as a program does that keeps it for later.</summary>
    private static async Task<string> ReadAsync(ClaimTable table) =>
        (await table.Database.ReadAsync<string>("SELECT to_jsonb(r)::text FROM repositories r", Token))!;

    /// <summary>Writes all columns as they were read, but the name.</summary>
    private static Task<int> SaveAsync(ClaimTable table, string row, string precision = "microseconds") =>
        table.Database.RunAsync(
            $"""
            UPDATE repositories r SET name = 'other', git_url = s.git_url, status = s.status,
              indexing_started_at = date_trunc('{precision}', s.indexing_started_at), indexing_heartbeat_at = date_trunc('{precision}', s.indexing_heartbeat_at),
              indexing_token = s.indexing_token, indexing_resets = s.indexing_resets
            FROM jsonb_populate_record(NULL::repositories, $1::jsonb) s WHERE r.id = s.id
            """,
            Token,
            row
        );

    private static Task<string?> StampsAsync(ClaimTable table) =>
        table.Database.ReadAsync<string>($"SELECT concat_ws(' ', {OurColumns}) FROM repositories", Token);
}

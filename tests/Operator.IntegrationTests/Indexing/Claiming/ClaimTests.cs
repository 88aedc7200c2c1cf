using Npgsql;

namespace CodeRepoOperator.Indexing.Claiming;

/// <summary>Who gets a row, keeps it and loses it, by the functions.</summary>
public sealed class ClaimTests(PostgresServer server)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_first_gets_a_token_and_the_second_null()
    {
        await using var table = await ClaimTable.StartAsync(server);

        Assert.Equal(1, await table.ClaimAsync());
        Assert.Null(await table.ClaimAsync());
        Assert.Equal("indexing 1 0 started", await table.RowAsync());
    }

    [Fact]
    public async Task A_finished_row_can_be_claimed_but_not_finished_again()
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.ClaimAsync();

        Assert.True(await table.FinishAsync(1));
        Assert.False(await table.FinishAsync(1, "error"));
        Assert.False(await table.HeartbeatAsync(1));
        Assert.Equal("indexed 1 0", await table.RowAsync());
        Assert.Equal(2, await table.ClaimAsync());
    }

    [Theory]
    [InlineData("29 minutes", null)]
    [InlineData("31 minutes", 2L)]
    public async Task A_row_is_taken_from_one_who_was_silent_for_too_long(string silence, long? token)
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.ClaimAsync();
        await table.AgeAsync(silence);

        Assert.Equal(token, await table.ClaimAsync());
    }

    [Fact]
    public async Task A_heartbeat_keeps_a_row_whose_job_began_long_ago()
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.ClaimAsync();
        await table.AgeAsync("1 day");
        Assert.True(await table.HeartbeatAsync(1));

        Assert.Null(await table.ClaimAsync());
        Assert.Equal("indexing 1 0 started alive", await table.RowAsync());
    }

    [Fact]
    public async Task A_row_that_was_active_before_the_migration_is_free_to_claim()
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.Database.RunAsync("ALTER TABLE repositories DISABLE TRIGGER USER", Token);
        await table.SetAsync("status = 'indexing'");
        await table.Database.RunAsync("ALTER TABLE repositories ENABLE TRIGGER USER", Token);

        Assert.Equal(1, await table.ClaimAsync());
    }

    [Theory]
    [InlineData("infinity")]
    [InlineData("2999-01-01")]
    public async Task A_sign_of_life_in_the_future_is_one(string stamp)
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.ClaimAsync();
        await table.SetAsync($"indexing_started_at = '{stamp}'");

        Assert.Null(await table.ClaimAsync("0 seconds"));
    }

    [Fact]
    public async Task Who_lost_a_row_changes_nothing_and_is_reported()
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.ClaimAsync();
        await table.AgeAsync("1 hour");
        Assert.Equal(2, await table.ClaimAsync());
        var before = await table.RowAsync();

        Assert.False(await table.HeartbeatAsync(1));
        Assert.False(await table.FinishAsync(1));
        Assert.Equal(before, await table.RowAsync());
        Assert.True(await table.FinishAsync(2));
    }

    [Fact]
    public async Task Whose_row_was_reset_by_the_sweep_changes_nothing_and_is_reported()
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.ClaimAsync();
        await table.SweepAsync();

        Assert.False(await table.HeartbeatAsync(1));
        Assert.False(await table.FinishAsync(1));
        Assert.Equal("error 2 1", await table.RowAsync());
        Assert.Equal(3, await table.ClaimAsync());
        Assert.False(await table.FinishAsync(1));
        Assert.False(await table.FinishAsync(2));
        Assert.True(await table.FinishAsync(3));
    }

    [Fact]
    public async Task A_late_finish_that_waits_for_the_next_claim_finds_the_row_lost()
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.ClaimAsync();
        await table.AgeAsync("1 hour");

        // The next one has claimed, and not committed yet: the late one comes in between.
        await using var next = await table.OpenAsync();
        await using var transaction = await next.BeginTransactionAsync(Token);
        Assert.Equal(2L, await ScalarAsync(next, $"SELECT coderepo_claim('{ClaimTable.Id}')"));
        var late = table.FinishAsync(1);
        await table.WhenWaitingAsync("SELECT coderepo_finish");
        await transaction.CommitAsync(Token);

        Assert.False(await late);
        Assert.Equal("indexing 2 0 started", await table.RowAsync());
    }

    [Fact]
    public async Task A_claim_that_waits_for_a_finish_gets_the_row()
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.ClaimAsync();
        await table.AgeAsync("1 hour");
        await using var last = await table.OpenAsync();
        await using var transaction = await last.BeginTransactionAsync(Token);
        Assert.Equal(true, await ScalarAsync(last, $"SELECT coderepo_finish('{ClaimTable.Id}', 1, 'indexed')"));

        var claim = table.ClaimAsync();
        await table.WhenWaitingAsync("SELECT coderepo_claim");
        await transaction.CommitAsync(Token);

        Assert.Equal(2, await claim);
    }

    [Fact]
    public async Task A_claim_that_waits_for_a_heartbeat_gets_nothing()
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.ClaimAsync();
        await table.AgeAsync("1 hour");
        await using var alive = await table.OpenAsync();
        await using var transaction = await alive.BeginTransactionAsync(Token);
        Assert.Equal(true, await ScalarAsync(alive, $"SELECT coderepo_heartbeat('{ClaimTable.Id}', 1)"));

        var claim = table.ClaimAsync();
        await table.WhenWaitingAsync("SELECT coderepo_claim");
        await transaction.CommitAsync(Token);

        Assert.Null(await claim);
    }

    [Fact]
    public async Task A_row_that_was_given_up_is_refused_until_its_count_is_set_back()
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.SetAsync("status = 'error', indexing_resets = 6");

        Assert.Null(await table.ClaimAsync());
        await table.SetAsync("indexing_resets = 0");
        Assert.Equal(1, await table.ClaimAsync());
    }

    [Fact]
    public async Task A_row_at_the_limit_of_resets_may_be_claimed_once_more()
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.SetAsync("status = 'error', indexing_resets = 5");

        Assert.Equal(1, await table.ClaimAsync());
    }

    [Theory]
    [InlineData("NULL")]
    [InlineData("'00000000-0000-0000-0000-00000000ffff'")]
    public async Task No_row_is_no_error(string id)
    {
        await using var table = await ClaimTable.StartAsync(server);

        Assert.Equal(
            "NULL false false",
            await table.Database.ReadAsync<string>(
                $"SELECT concat_ws(' ', COALESCE(coderepo_claim({id})::text, 'NULL'), coderepo_heartbeat({id}, 1)::text, "
                    + $"coderepo_finish({id}, 1, 'x')::text)",
                Token
            )
        );
    }

    [Theory]
    [InlineData("indexing")]
    [InlineData(null)]
    public async Task To_finish_with_a_status_that_is_no_end_is_an_error_with_a_hint(string? status)
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.ClaimAsync();

        var error = await Assert.ThrowsAsync<PostgresException>(() => table.FinishAsync(1, status!));

        Assert.Equal(PostgresErrorCodes.InvalidParameterValue, error.SqlState);
        Assert.NotEmpty(error.Hint!);
        Assert.Equal("indexing 1 0 started", await table.RowAsync());
    }

    [Theory]
    [InlineData("Pacific/Kiritimati")]
    [InlineData("America/Los_Angeles")]
    public async Task The_time_zone_of_a_session_means_nothing(string zone)
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.ClaimAsync();
        await table.AgeAsync("29 minutes");
        await using var session = await table.OpenAsync();
        await ScalarAsync(session, $"SELECT set_config('TimeZone', '{zone}', false)");

        Assert.Equal(DBNull.Value, await ScalarAsync(session, $"SELECT coderepo_claim('{ClaimTable.Id}')"));
        await table.AgeAsync("2 minutes");
        Assert.Equal(2L, await ScalarAsync(session, $"SELECT coderepo_claim('{ClaimTable.Id}')"));
        Assert.True(
            await table.Database.ReadAsync<bool>(
                "SELECT abs(extract(epoch FROM now() - indexing_started_at)) < 60 FROM repositories",
                Token
            )
        );
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Token);
    }
}

namespace CodeRepoOperator.Indexing.Claiming;

/// <summary>
/// The stamps belong to the state of a row: whatever makes it active gives it a start, and whatever ends that takes it away.
/// </summary>
public sealed class StateStampTests(PostgresServer server)
{
    private const string TakeQueued = """
        CREATE FUNCTION take_queued() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.status = 'queued' THEN NEW.status := 'indexing'; END IF;
          IF NEW.name = 'through' THEN NEW.status := 'indexed'; END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER "{0}" BEFORE INSERT OR UPDATE ON repositories FOR EACH ROW EXECUTE FUNCTION take_queued();
        """;

    /// <summary>Names of triggers that run before all of ours, among them, and after them.</summary>
    public static TheoryData<string> Triggers => ["a", "coderepo_r", "coderepo_stamp_z", "zzz", "~~~", "ÿ"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Triggers))]
    public async Task A_row_that_another_trigger_makes_active_is_a_claim_of_now(string trigger)
    {
        await using var table = await ClaimTable.StartAsync(server);
        await AddTriggerAsync(table, trigger);
        await table.ClaimAsync();
        await table.AgeAsync("1 day");
        await table.FinishAsync(1);

        await table.SetAsync("status = 'queued'");

        Assert.Equal("indexing 2 0 started", await table.RowAsync());
        Assert.True(await IsFreshAsync(table));
        Assert.Null(await table.ClaimAsync());
        Assert.Empty((await SweepAsync(table)).Reset);
        Assert.True(await table.HeartbeatAsync(2));
        Assert.True(await table.FinishAsync(2));
    }

    [Theory]
    [MemberData(nameof(Triggers))]
    public async Task A_row_that_another_trigger_ends_keeps_no_stamp(string trigger)
    {
        await using var table = await ClaimTable.StartAsync(server);
        await AddTriggerAsync(table, trigger);
        await table.SetAsync("indexing_resets = 2");
        await table.ClaimAsync();
        await table.HeartbeatAsync(1);

        await table.SetAsync("name = 'through'");

        Assert.Equal("indexed 1 0", await table.RowAsync());
    }

    [Theory]
    [MemberData(nameof(Triggers))]
    public async Task A_row_that_is_inserted_and_made_active_by_another_trigger_is_a_claim_of_now(string trigger)
    {
        await using var table = await ClaimTable.StartAsync(server);
        await AddTriggerAsync(table, trigger);

        await table.Database.RunAsync(
            """
            INSERT INTO repositories (status, indexing_started_at, indexing_heartbeat_at)
            VALUES ('queued', NULL, NULL), ('queued', '2001-01-01', '2001-01-01'), ('indexing', '2001-01-01', '2001-01-01'), ('cloned', '2001-01-01', NULL)
            """,
            Token
        );

        Assert.Equal(
            "3 of indexing, 1 of cloned",
            await table.Database.ReadAsync<string>(
                """
                SELECT format('%s of indexing, %s of cloned',
                  count(*) FILTER (WHERE status = 'indexing' AND indexing_started_at > now() - interval '1 minute' AND indexing_heartbeat_at IS NULL),
                  count(*) FILTER (WHERE status = 'cloned' AND indexing_started_at IS NULL))
                FROM repositories WHERE name IS NULL
                """,
                Token
            )
        );
        Assert.Empty((await SweepAsync(table)).Reset);
    }

    /// <summary>As logical replication, a restore, or a tool of an administrator may do it.</summary>
    [Fact]
    public async Task A_row_that_becomes_active_in_a_way_that_no_trigger_sees_has_its_threshold_from_the_first_sweep_on()
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.ClaimAsync();
        await table.HeartbeatAsync(1);
        await table.AgeAsync("1 day");
        await table.FinishAsync(1);
        Assert.Equal("indexed 1 0", await table.RowAsync());

        await table.Database.RunAsync(
            "SET session_replication_role = replica; UPDATE repositories SET status = 'indexing'; RESET session_replication_role",
            Token
        );

        Assert.Empty((await SweepAsync(table)).Reset);
        Assert.Equal("indexing 1 0 started", await table.RowAsync());
        Assert.True(await IsFreshAsync(table));
        await table.AgeAsync("31 minutes");
        Assert.Single((await SweepAsync(table)).Reset);
    }

    [Fact]
    public async Task A_reset_row_keeps_no_stamp()
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.ClaimAsync();
        await table.AgeAsync("1 hour");

        Assert.Single((await SweepAsync(table)).Reset);

        Assert.Equal("error 2 1", await table.RowAsync());
    }

    /// <summary>The one who writes may do less than the indexers may: what comes of it is theirs to do.</summary>
    [Fact]
    public async Task One_who_may_not_change_the_stamps_can_still_write_a_row_that_another_trigger_makes_active()
    {
        await using var table = await ClaimTable.StartAsync(server);
        await AddTriggerAsync(table, "zzz");
        await table.Database.RunAsync(
            "CREATE FUNCTION queue() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.status := 'queued'; RETURN NEW; END $$; "
                + "CREATE TRIGGER zz BEFORE UPDATE OF name ON repositories FOR EACH ROW EXECUTE FUNCTION queue()",
            Token
        );
        var role = $"writer_{table.Database.Name}";
        await table.Database.RunAsync($"CREATE ROLE {role}; GRANT UPDATE (name), SELECT ON repositories TO {role}", Token);

        await table.Database.RunAsync($"SET ROLE {role}; UPDATE repositories SET name = 'other'; RESET ROLE", Token);

        Assert.Equal("indexing 0 0", await table.RowAsync());
        Assert.Empty((await SweepAsync(table)).Reset);
        Assert.Equal("indexing 0 0 started", await table.RowAsync());
    }

    [Fact]
    public async Task Without_its_trigger_a_claim_is_refused_with_what_to_do()
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.Database.RunAsync("ALTER TABLE repositories DISABLE TRIGGER USER", Token);

        var refusal = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => table.ClaimAsync());

        Assert.Equal("Run coderepo-operator migrate.", refusal.Hint);
        Assert.Equal("cloned 0 0", await table.RowAsync());
    }

    private static Task<int> AddTriggerAsync(ClaimTable table, string name) =>
        table.Database.RunAsync(TakeQueued.Replace("{0}", name, StringComparison.Ordinal), Token);

    private static Task<bool> IsFreshAsync(ClaimTable table) =>
        table.Database.ReadAsync<bool>(
            "SELECT indexing_started_at > now() - interval '1 minute' AND indexing_heartbeat_at IS NULL FROM repositories",
            Token
        );

    private static Task<Sweeping.SweepResult> SweepAsync(ClaimTable table) => table.RealSweepAsync();
}

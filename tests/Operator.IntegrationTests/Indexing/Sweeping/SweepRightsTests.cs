namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>A role with as few rights as there may be.</summary>
public sealed class SweepRightsTests(PostgresServer server)
{
    private const string Grants = """
        GRANT USAGE ON SCHEMA public TO "{0}";
        GRANT SELECT (id, status, indexing_started_at, indexing_heartbeat_at, indexing_token, indexing_resets),
          UPDATE (status, indexing_started_at, indexing_heartbeat_at, indexing_token, indexing_resets) ON public.repositories TO "{0}";
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rights_on_the_named_columns_are_enough()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        var role = await ConnectAsAsync(fixture);
        await GrantAsync(fixture, role, Grants);
        await fixture.AddStuckAsync(3);
        var unstamped = await fixture.AddAsync("NULL");
        var own = await fixture.AddStuckAsync();
        var sweeper = fixture.NewSweeper(codeRepos: new FixedThresholds(KeyValuePair.Create(own.ToString(), TimeSpan.FromMinutes(10))));

        var sweep = await sweeper.SweepAsync();

        Assert.Null(sweep.Why);
        Assert.Equal(4, sweep.Reset.Count);
        Assert.True(
            await fixture.Database.ReadAsync<bool>(
                "SELECT indexing_started_at IS NOT NULL FROM repositories WHERE id = $1",
                Token,
                unstamped
            )
        );
        Assert.Equal(4, (await sweeper.SweepAsync(dryRun: true)).Reset.Count + 4);
    }

    [Theory]
    [InlineData(
        "REVOKE UPDATE (status) ON repositories FROM \"{0}\"",
        "GRANT UPDATE (\"status\") ON \"public\".\"repositories\" TO \"{0}\";"
    )]
    [InlineData(
        "REVOKE SELECT (id, indexing_resets) ON repositories FROM \"{0}\"",
        "GRANT SELECT (\"id\", \"indexing_resets\") ON \"public\".\"repositories\" TO \"{0}\";"
    )]
    [InlineData("REVOKE ALL ON SCHEMA public FROM \"{0}\", PUBLIC", "GRANT USAGE ON SCHEMA \"public\" TO \"{0}\";")]
    public async Task A_right_that_is_missing_is_named(string change, string remedy)
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        var role = await ConnectAsAsync(fixture);
        await GrantAsync(fixture, role, Grants);
        await GrantAsync(fixture, role, change);
        await fixture.AddStuckAsync();

        var sweep = await fixture.SweepAsync();

        Assert.Equal((SweepOutcome.Failed, true), (sweep.Outcome, sweep.IsSetUpWrong));
        Assert.Equal(
            $"The role {role} may not sweep public.repositories: {remedy.Replace("{0}", role, StringComparison.Ordinal)}",
            sweep.Why
        );
        await GrantAsync(fixture, role, remedy);
        Assert.Equal(SweepOutcome.Swept, (await fixture.SweepAsync()).Outcome);
    }

    [Fact]
    public async Task Row_level_security_that_would_hide_rows_is_an_error_and_no_silence()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        var role = await ConnectAsAsync(fixture);
        await GrantAsync(fixture, role, Grants);
        await GrantAsync(
            fixture,
            role,
            "ALTER TABLE repositories ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON repositories USING (name = current_user)"
        );
        await fixture.AddStuckAsync();

        var sweep = await fixture.SweepAsync();

        Assert.Equal((SweepOutcome.Failed, true), (sweep.Outcome, sweep.IsSetUpWrong));
        Assert.Contains($"ALTER ROLE \"{role}\" BYPASSRLS;", sweep.Why, StringComparison.Ordinal);
        await GrantAsync(fixture, role, "ALTER ROLE \"{0}\" BYPASSRLS");
        Assert.Single((await fixture.SweepAsync()).Reset);
    }

    [Theory]
    [InlineData("CREATE POLICY all_rows ON repositories TO \"{0}\" USING (true)")]
    [InlineData(
        "CREATE POLICY a ON repositories FOR SELECT USING (true); CREATE POLICY b ON repositories FOR UPDATE TO \"{0}\" USING (true); "
            + "CREATE POLICY c ON repositories USING (name = 'mine')"
    )]
    public async Task Under_a_policy_that_shows_all_rows_the_sweep_works(string policies)
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        var role = await ConnectAsAsync(fixture);
        await GrantAsync(fixture, role, Grants + "ALTER TABLE repositories ENABLE ROW LEVEL SECURITY; " + policies);
        await fixture.AddStuckAsync(3);
        await fixture.AddAsync("NULL");

        var sweep = await fixture.SweepAsync();

        Assert.Equal((null, 3, 1), (sweep.Why, sweep.Reset.Count, sweep.Stamped));
    }

    /// <summary>That of the message, too.</summary>
    [Theory]
    [InlineData("", true)]
    [InlineData("CREATE POLICY a ON repositories FOR SELECT USING (true)", true)]
    [InlineData("CREATE POLICY a ON repositories TO \"{0}\" USING (name IS NULL)", true)]
    [InlineData("CREATE POLICY a ON repositories USING (true); CREATE POLICY b ON repositories AS RESTRICTIVE USING (name IS NULL)", false)]
    public async Task Where_a_policy_may_hide_rows_it_says_what_to_do(string policies, bool isPolicyEnough)
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        var role = await ConnectAsAsync(fixture);
        await GrantAsync(fixture, role, Grants + "ALTER TABLE repositories ENABLE ROW LEVEL SECURITY; " + policies);
        await fixture.AddStuckAsync();

        var sweep = await fixture.SweepAsync();

        Assert.Equal((SweepOutcome.Failed, true, 0), (sweep.Outcome, sweep.IsSetUpWrong, sweep.Reset.Count));
        var create = $"CREATE POLICY operator_sees_all_rows ON \"public\".\"repositories\" TO \"{role}\" USING (true);";
        Assert.Equal(isPolicyEnough, sweep.Why!.Contains(create, StringComparison.Ordinal));
        await fixture.Database.RunAsync(isPolicyEnough ? create : $"ALTER ROLE \"{role}\" BYPASSRLS", Token);
        Assert.Single((await fixture.SweepAsync()).Reset);
    }

    [Fact]
    public async Task Rights_that_a_trigger_lacks_are_not_mistaken_for_the_role_s()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        var role = await ConnectAsAsync(fixture);
        await GrantAsync(fixture, role, Grants);
        await fixture.Database.RunAsync(
            """
            CREATE TABLE audit (id uuid);
            CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO audit VALUES (NEW.id); RETURN NEW; END $$;
            CREATE TRIGGER audit BEFORE UPDATE ON repositories FOR EACH ROW EXECUTE FUNCTION audit();
            """,
            Token
        );
        await fixture.AddStuckAsync();

        var sweep = await fixture.SweepAsync();

        Assert.Equal((SweepOutcome.Failed, false), (sweep.Outcome, sweep.IsSetUpWrong));
        Assert.Contains("42501: permission denied for table audit", sweep.Why, StringComparison.Ordinal);
    }

    /// <summary>Makes a role without any right, and has the sweepers use it.</summary>
    private static async Task<string> ConnectAsAsync(IndexingFixture fixture)
    {
        var role = $"sweeper_{fixture.Database.Name}";
        await fixture.Database.RunAsync($"CREATE ROLE \"{role}\" LOGIN PASSWORD 'secret'", Token);
        fixture.Connect($"Host=127.0.0.1;Port={fixture.Database.Port};Username={role};Password=secret;Database={fixture.Database.Name}");
        return role;
    }

    private static Task<int> GrantAsync(IndexingFixture fixture, string role, string sql) =>
        fixture.Database.RunAsync(sql.Replace("{0}", role, StringComparison.Ordinal), Token);
}

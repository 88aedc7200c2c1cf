using CodeRepoOperator.Machinery;

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
        await using var bench = await IndexingBench.CreateAsync(server);
        var role = await ConnectAsAsync(bench);
        await GrantAsync(bench, role, Grants);
        await bench.AddStuckAsync(3);
        var unstamped = await bench.AddAsync("NULL");
        var own = await bench.AddStuckAsync();
        var sweeper = bench.NewSweeper(codeRepos: new FixedThresholds(new RowThreshold(own.ToString(), TimeSpan.FromMinutes(10))));

        var sweep = await sweeper.SweepAsync();

        Assert.Null(sweep.Why);
        Assert.Equal(4, sweep.Reset.Count);
        Assert.True(await bench.Database.ReadAsync<bool>("SELECT indexing_started_at IS NOT NULL FROM repositories WHERE id = $1", Token, unstamped));
        Assert.Equal(4, (await sweeper.SweepAsync(dryRun: true)).Reset.Count + 4);
    }

    [Theory]
    [InlineData("REVOKE UPDATE (status) ON repositories FROM \"{0}\"", "GRANT UPDATE (\"status\") ON \"public\".\"repositories\" TO \"{0}\";")]
    [InlineData("REVOKE SELECT (id, indexing_resets) ON repositories FROM \"{0}\"", "GRANT SELECT (\"id\", \"indexing_resets\") ON \"public\".\"repositories\" TO \"{0}\";")]
    [InlineData("REVOKE ALL ON SCHEMA public FROM \"{0}\", PUBLIC", "GRANT USAGE ON SCHEMA \"public\" TO \"{0}\";")]
    public async Task A_right_that_is_missing_is_named(string change, string remedy)
    {
        await using var bench = await IndexingBench.CreateAsync(server);
        var role = await ConnectAsAsync(bench);
        await GrantAsync(bench, role, Grants);
        await GrantAsync(bench, role, change);
        await bench.AddStuckAsync();

        var sweep = await bench.SweepAsync();

        Assert.Equal((SweepResult.Failed, true), (sweep.Result, sweep.IsSetUpWrong));
        Assert.Equal($"The role {role} may not sweep public.repositories: {remedy.Replace("{0}", role, StringComparison.Ordinal)}", sweep.Why);
        await GrantAsync(bench, role, remedy);
        Assert.Equal(SweepResult.Swept, (await bench.SweepAsync()).Result);
    }

    [Fact]
    public async Task Row_level_security_that_would_hide_rows_is_an_error_and_no_silence()
    {
        await using var bench = await IndexingBench.CreateAsync(server);
        var role = await ConnectAsAsync(bench);
        await GrantAsync(bench, role, Grants);
        await GrantAsync(bench, role, "ALTER TABLE repositories ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON repositories USING (name = current_user)");
        await bench.AddStuckAsync();

        var sweep = await bench.SweepAsync();

        Assert.Equal((SweepResult.Failed, true), (sweep.Result, sweep.IsSetUpWrong));
        Assert.Contains($"ALTER ROLE \"{role}\" BYPASSRLS;", sweep.Why, StringComparison.Ordinal);
        await GrantAsync(bench, role, "ALTER ROLE \"{0}\" BYPASSRLS");
        Assert.Single((await bench.SweepAsync()).Reset);
    }

    [Fact]
    public async Task Rights_that_a_trigger_lacks_are_not_mistaken_for_the_role_s()
    {
        await using var bench = await IndexingBench.CreateAsync(server);
        var role = await ConnectAsAsync(bench);
        await GrantAsync(bench, role, Grants);
        await bench.Database.RunAsync(
            """
            CREATE TABLE audit (id uuid);
            CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO audit VALUES (NEW.id); RETURN NEW; END $$;
            CREATE TRIGGER audit BEFORE UPDATE ON repositories FOR EACH ROW EXECUTE FUNCTION audit();
            """,
            Token);
        await bench.AddStuckAsync();

        var sweep = await bench.SweepAsync();

        Assert.Equal((SweepResult.Failed, false), (sweep.Result, sweep.IsSetUpWrong));
        Assert.Contains("42501: permission denied for table audit", sweep.Why, StringComparison.Ordinal);
    }

    /// <summary>Makes a role without any right, and has the sweepers use it.</summary>
    private static async Task<string> ConnectAsAsync(IndexingBench bench)
    {
        var role = $"sweeper_{bench.Database.Name}";
        await bench.Database.RunAsync($"CREATE ROLE \"{role}\" LOGIN PASSWORD 'secret'", Token);
        bench.Connect($"Host=127.0.0.1;Port={bench.Database.Port};Username={role};Password=secret;Database={bench.Database.Name}");
        return role;
    }

    private static Task<int> GrantAsync(IndexingBench bench, string role, string sql) => bench.Database.RunAsync(sql.Replace("{0}", role, StringComparison.Ordinal), Token);
}

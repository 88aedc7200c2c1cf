using System.Globalization;
using CodeRepoOperator.Indexing.Sweeping;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.IndexingClient;

namespace CodeRepoOperator.Indexing.Claiming;

/// <summary>Rows that are kept back: by resets, or by somebody who wrote a later time.</summary>
public sealed class RetryDelayTests(PostgresServer server)
{
    /// <summary>From the reset on, which is the last change of the row's stamp.</summary>
    private const string Delay =
        "SELECT extract(epoch FROM indexing_not_before - updated_at)::int FROM repositories WHERE id = $1 AND status = 'error'";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-3, 0)]
    [InlineData(1, 10)]
    [InlineData(2, 20)]
    [InlineData(3, 40)]
    [InlineData(4, 60)]
    [InlineData(1_000, 60)]
    [InlineData(999_999, 60)]
    [InlineData(1_000_000, 0)]
    [InlineData(2_000_000, 0)]
    public async Task The_delay_grows_from_the_second_reset_in_a_row_to_its_limit_and_a_row_that_is_given_up_has_none(int before, int delay)
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        await StampResetsAsync(fixture);
        var row = await fixture.AddStuckAsync();
        await fixture.Database.RunAsync("UPDATE repositories SET indexing_resets = $1", Token, before);
        var sweeper = fixture.NewSweeper(file => new IndexingOptions
        {
            ConnectionFile = file,
            MaxResets = 1_000_000,
            RetryDelay = TimeSpan.FromSeconds(10),
            MaxRetryDelay = TimeSpan.FromMinutes(1),
        });

        var sweep = await sweeper.SweepAsync();

        Assert.Null(sweep.Why);
        Assert.Equal(delay, await fixture.Database.ReadAsync<int>(Delay, Token, row));
    }

    [Theory]
    [InlineData("00:00:00", "00:10:00", 0)]
    [InlineData("00:00:00.001", "1.00:00:00", 86_400)]
    [InlineData("01:00:00", "1.00:00:00", 86_400)]
    public async Task It_may_be_off_and_its_limits_work(string delay, string longest, int seconds)
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        await StampResetsAsync(fixture);
        var row = await fixture.AddStuckAsync();
        await fixture.Database.RunAsync("UPDATE repositories SET indexing_resets = 900000", Token);
        var sweeper = fixture.NewSweeper(file => new IndexingOptions
        {
            ConnectionFile = file,
            MaxResets = 1_000_000,
            RetryDelay = TimeSpan.Parse(delay, CultureInfo.InvariantCulture),
            MaxRetryDelay = TimeSpan.Parse(longest, CultureInfo.InvariantCulture),
        });

        Assert.Null((await sweeper.SweepAsync()).Why);
        Assert.Equal(seconds, await fixture.Database.ReadAsync<int>(Delay, Token, row));
    }

    [Fact]
    public async Task After_the_first_reset_a_row_can_be_claimed_at_once_and_after_the_second_when_its_time_has_come()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        var claims = new IndexingClaims(fixture.Database.Source);
        var row = await fixture.AddStuckAsync();

        Assert.Single((await fixture.SweepAsync()).Reset);
        Assert.Equal(3, (await ClaimAsync(claims, row))!.Token);
        await fixture.Database.RunAsync("UPDATE repositories SET indexing_started_at = now() - interval '1 hour'", Token);
        Assert.Single((await fixture.SweepAsync()).Reset);

        Assert.Null(await ClaimAsync(claims, row));
        Assert.Null(await claims.ClaimNextAsync<Guid>(["error"], TimeSpan.FromMinutes(5), holder: null, Token));
        Assert.Equal("error", await fixture.StatusAsync(row));
        await fixture.Database.RunAsync("UPDATE repositories SET indexing_not_before = clock_timestamp()", Token);
        Assert.Equal(5, (await ClaimAsync(claims, row))!.Token);
    }

    [Theory]
    [InlineData("SELECT coderepo_claim($1)", false)]
    [InlineData("SELECT coderepo_claim($1, '5 minutes')", false)]
    [InlineData("SELECT coderepo_claim($1, '5 minutes', 'me')", false)]
    [InlineData("SELECT coderepo_claim(id => $1, holder => 'me')", false)]
    [InlineData("SELECT coderepo_claim(id => $1, even_if_delayed => NULL)", false)]
    [InlineData("SELECT coderepo_claim(id => $1, even_if_delayed => true)", true)]
    [InlineData("SELECT coderepo_claim($1, '5 minutes', 'me', true)", true)]
    public async Task A_row_that_somebody_keeps_back_is_had_by_who_asks_for_it(string claim, bool isHad)
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.SetAsync("indexing_not_before = now() + interval '1 hour'");

        Assert.Equal(isHad, await table.Database.ReadAsync<long?>(claim, Token, ClaimTable.Id) == 1);
        Assert.Equal(isHad ? "indexing 1 0 started" : "cloned 0 0", await table.RowAsync());
    }

    [Fact]
    public async Task The_library_asks_for_it()
    {
        await using var table = await ClaimTable.StartAsync(server);
        var claims = new IndexingClaims(table.Database.Source);
        await table.SetAsync("indexing_not_before = 'infinity'");

        Assert.Null(await ClaimAsync(claims, ClaimTable.Id));
        Assert.Equal(1, (await claims.ClaimDelayedAsync(ClaimTable.Id, TimeSpan.FromMinutes(5), holder: null, Token))!.Token);
        Assert.Null(await claims.ClaimDelayedAsync(ClaimTable.Id, TimeSpan.FromMinutes(5), "me", Token));
        await table.SetAsync("indexing_started_at = now() - interval '1 hour'");
        Assert.Equal(2, (await claims.ClaimDelayedAsync(ClaimTable.Id, TimeSpan.FromMinutes(5), "me", Token))!.Token);
        Assert.Equal("me", await table.Database.ReadAsync<string>("SELECT indexing_holder FROM repositories", Token));
    }

    [Fact]
    public async Task A_row_whose_holder_is_silent_is_taken_over_whatever_time_is_in_it()
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.ClaimAsync();
        await table.SetAsync("indexing_not_before = 'infinity', indexing_started_at = now() - interval '1 hour'");

        Assert.Equal(2, await table.ClaimAsync());
    }

    /// <summary>That of an indexer which can't be changed.</summary>
    [Fact]
    public async Task A_plain_UPDATE_takes_a_row_that_is_kept_back()
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.SetAsync("indexing_not_before = 'infinity'");

        Assert.Equal(1, await table.SetAsync("status = 'indexing'"));
        Assert.Equal("indexing 1 0 started", await table.RowAsync());
    }

    [Theory]
    [InlineData("status = 'pending'", true)]
    [InlineData("status = 'pending', indexing_not_before = now()", false)]
    [InlineData("status = 'pending', indexing_not_before = NULL", false)]
    public async Task A_row_that_is_kept_back_is_so_under_another_status_too_unless_that_says_otherwise(string set, bool isKept)
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.SetAsync("indexing_not_before = now() + interval '1 hour'");

        await table.SetAsync(set);

        Assert.Equal(isKept, await table.ClaimAsync() is null);
    }

    [Fact]
    public async Task A_job_that_ends_leaves_no_delay()
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.SetAsync("indexing_not_before = now() + interval '1 hour'");
        await table.Database.RunAsync("SELECT coderepo_claim(id => $1, even_if_delayed => true)", Token, ClaimTable.Id);

        Assert.True(await table.FinishAsync(1));
        Assert.Equal(2, await table.ClaimAsync());
    }

    /// <summary>By triggers of others, which make our function change the row once more.</summary>
    [Fact]
    public async Task A_reset_keeps_its_delay_where_another_trigger_changes_the_status()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        await StampResetsAsync(fixture);
        await fixture.Database.RunAsync(
            """
            CREATE FUNCTION pend() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.status := 'pending'; RETURN NEW; END $$;
            CREATE TRIGGER pend BEFORE UPDATE ON repositories FOR EACH ROW WHEN (NEW.status = 'error') EXECUTE FUNCTION pend();
            """,
            Token
        );
        var row = await fixture.AddStuckAsync();
        await fixture.Database.RunAsync("UPDATE repositories SET indexing_resets = 1", Token);

        Assert.Single((await fixture.SweepAsync()).Reset);

        Assert.Equal(10, await fixture.Database.ReadAsync<int>(Delay.Replace("error", "pending", StringComparison.Ordinal), Token, row));
    }

    [Theory]
    [InlineData(
        "ALTER TABLE repositories DROP COLUMN indexing_not_before CASCADE; DROP TRIGGER coderepo_stamp_repositories ON repositories"
    )]
    [InlineData(
        "DROP TRIGGER coderepo_stamp_repositories ON repositories; ALTER TABLE repositories ALTER COLUMN indexing_not_before TYPE text"
    )]
    [InlineData("REVOKE UPDATE (indexing_not_before) ON repositories FROM {0}")]
    public async Task Without_the_column_or_the_permission_for_it_rows_are_reset_all_the_same_and_it_says_so_once(string change)
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        var role = $"sweeper_{fixture.Database.Name}";
        await fixture.Database.RunAsync(
            $"""
            CREATE ROLE {role} LOGIN PASSWORD 'secret';
            GRANT SELECT (id, status, indexing_started_at, indexing_heartbeat_at, indexing_token, indexing_resets),
              UPDATE (status, indexing_started_at, indexing_heartbeat_at, indexing_token, indexing_resets, indexing_not_before)
              ON repositories TO {role};
            DROP INDEX coderepo_waiting_repositories;
            """,
            Token
        );
        await fixture.Database.RunAsync(change.Replace("{0}", role, StringComparison.Ordinal), Token);
        fixture.Connect($"Host=127.0.0.1;Port={fixture.Database.Port};Username={role};Password=secret;Database={fixture.Database.Name}");
        await fixture.Database.RunAsync("INSERT INTO repositories (status) SELECT 'indexing' FROM generate_series(1, 2)", Token);
        await fixture.Database.RunAsync(
            "UPDATE repositories SET indexing_resets = 1, indexing_started_at = now() - interval '1 hour'",
            Token
        );
        var sweeper = fixture.NewSweeper();

        var sweep = await sweeper.SweepAsync();
        await sweeper.SweepAsync();

        Assert.Equal((null, 2, SweepOutcome.Swept), (sweep.Why, sweep.Reset.Count, sweep.Outcome));
        Assert.Contains(
            "GRANT UPDATE (\"indexing_not_before\") ON \"public\".\"repositories\"",
            Assert.Single(sweeper.Infos),
            StringComparison.Ordinal
        );
    }

    private static Task<IndexingClaim<Guid>?> ClaimAsync(IndexingClaims claims, Guid row) =>
        claims.ClaimAsync(row, TimeSpan.FromMinutes(5), Token);

    /// <summary>Has the rows say when they were reset.</summary>
    private static Task<int> StampResetsAsync(IndexingFixture fixture) =>
        fixture.Database.RunAsync(
            """
            CREATE FUNCTION stamp_reset() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$;
            CREATE TRIGGER stamp_reset BEFORE UPDATE OF status ON repositories FOR EACH ROW EXECUTE FUNCTION stamp_reset();
            """,
            Token
        );
}

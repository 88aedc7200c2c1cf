using System.Collections.ObjectModel;
using CodeRepoOperator.Indexing.Tables;
using Npgsql;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>Columns that are missing, come and go while the sweeper runs; and what is no degradation, but an error.</summary>
public sealed class SweepDegradationTests(PostgresServer server)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Before_the_migration_it_says_so_once_and_heals_after_it_without_a_restart()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server, PostgresDatabase.OriginalSchema);
        await fixture.Database.RunAsync("INSERT INTO repositories (status) VALUES ('indexing')", Token);
        var sweeper = fixture.NewSweeper();

        var before = await sweeper.SweepAsync();
        await sweeper.SweepAsync();

        Assert.Equal((SweepOutcome.Degraded, 0), (before.Outcome, before.Reset.Count));
        var warning = Assert.Single(sweeper.Warnings);
        Assert.Contains("indexing_started_at, indexing_heartbeat_at, indexing_token, indexing_resets", warning, StringComparison.Ordinal);
        Assert.Contains("coderepo-operator migrate", warning, StringComparison.Ordinal);
        Assert.Equal((1, 2), (await sweeper.MetricAsync("degraded"), await sweeper.SweepsAsync("degraded")));

        await fixture.Database.MigrateAsync(Token);
        var after = await sweeper.SweepAsync();

        Assert.Equal(SweepOutcome.Swept, after.Outcome);
        Assert.Equal(0, await sweeper.MetricAsync("degraded"));
        Assert.Single(sweeper.Warnings);
        Assert.Contains(sweeper.Infos, info => info.Contains("has all columns now", StringComparison.Ordinal));
        Assert.Equal("indexing", await fixture.Database.ReadAsync<string>("SELECT status FROM repositories", Token));
    }

    [Theory]
    [InlineData("indexing_token")]
    [InlineData("indexing_resets")]
    [InlineData("indexing_heartbeat_at")]
    [InlineData("indexing_started_at")]
    public async Task Half_migrated_it_does_what_it_can_without_the_column(string missing)
    {
        await using var fixture = await IndexingFixture.CreateAsync(
            server,
            PostgresDatabase.OriginalSchema
                + "ALTER TABLE repositories ADD indexing_started_at timestamptz, ADD indexing_heartbeat_at timestamptz, ADD "
                + "indexing_token bigint, ADD indexing_resets int;"
        );
        await fixture.Database.RunAsync(
            """
            INSERT INTO repositories (status, indexing_started_at, indexing_heartbeat_at)
            VALUES ('indexing', now() - interval '1 hour', now() - interval '1 hour'), ('indexing', now(), now())
            """,
            Token
        );
        await fixture.Database.RunAsync($"ALTER TABLE repositories DROP COLUMN {missing}", Token);
        var sweeper = fixture.NewSweeper();

        var sweep = await sweeper.SweepAsync();

        Assert.Equal((SweepOutcome.Degraded, 1), (sweep.Outcome, sweep.Reset.Count));
        Assert.Equal((1, 1), (await fixture.CountAsync("error"), await fixture.CountAsync("indexing")));
        Assert.Contains(sweeper.Warnings, warning => warning.Contains($"lacks {missing}: ", StringComparison.Ordinal));
    }

    /// <summary>After the look at the catalog, before the first statement.</summary>
    [Fact]
    public async Task A_column_that_is_dropped_in_the_middle_of_a_sweep_is_left_out()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        var row = await fixture.AddStuckAsync();
        var once = new Once(() =>
            fixture.Database.RunAsync(
                "DROP TRIGGER coderepo_stamp_repositories ON repositories; ALTER TABLE repositories DROP COLUMN indexing_token",
                Token
            )
        );
        var sweeper = fixture.NewSweeper(codeRepos: once);

        var sweep = await sweeper.SweepAsync();

        Assert.Equal((SweepOutcome.Degraded, 1), (sweep.Outcome, sweep.Reset.Count));
        Assert.Equal("error", await fixture.StatusAsync(row));
        Assert.Equal(1, await sweeper.MetricAsync("degraded"));
    }

    [Fact]
    public async Task A_table_that_is_gone_in_the_middle_of_a_sweep_is_an_error()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        await fixture.AddStuckAsync();
        var once = new Once(() => fixture.Database.RunAsync("ALTER TABLE repositories RENAME TO repos", Token));

        var sweep = await fixture.NewSweeper(codeRepos: once).SweepAsync();

        Assert.Equal((SweepOutcome.Failed, true), (sweep.Outcome, sweep.IsSetUpWrong));
        Assert.Contains("There is no table public.repositories", sweep.Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "ALTER TABLE repositories RENAME TO repos",
        "There is no table public.repositories in the database: set Indexing:Targets, Schema and Table"
    )]
    [InlineData("ALTER TABLE repositories RENAME COLUMN id TO uid", "has no column id: set Indexing:Targets, Key")]
    [InlineData("ALTER TABLE repositories RENAME COLUMN status TO state", "has no column status: set Indexing:Targets, Status")]
    [InlineData(
        "ALTER TABLE repositories ALTER indexing_started_at TYPE timestamp",
        "indexing_started_at of public.repositories is timestamp without time zone"
    )]
    [InlineData(
        "ALTER TABLE repositories ALTER indexing_heartbeat_at TYPE text",
        "indexing_heartbeat_at of public.repositories is text, and must be timestamp with time zone"
    )]
    [InlineData(
        "ALTER TABLE repositories ALTER indexing_token TYPE text",
        "indexing_token of public.repositories is text, and must be bigint"
    )]
    public async Task What_the_settings_do_not_fit_is_an_error_that_says_what_to_do_once(string change, string why)
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        await fixture.Database.RunAsync(
            "DROP INDEX coderepo_active_repositories; DROP TRIGGER coderepo_stamp_repositories ON repositories; " + change,
            Token
        );
        var sweeper = fixture.NewSweeper();

        var sweep = await sweeper.SweepAsync();
        await sweeper.SweepAsync();

        Assert.Equal((SweepOutcome.Failed, true), (sweep.Outcome, sweep.IsSetUpWrong));
        Assert.Contains(why, sweep.Why, StringComparison.Ordinal);
        Assert.Contains(why, Assert.Single(sweeper.Warnings), StringComparison.Ordinal);
        Assert.Equal(2, await sweeper.SweepsAsync("failed"));
    }

    [Fact]
    public async Task A_status_that_the_column_can_not_have_is_an_error()
    {
        await using var fixture = await IndexingFixture.CreateAsync(
            server,
            "CREATE TYPE state AS ENUM ('idle'); CREATE TABLE repositories (id int, status state, indexing_started_at timestamptz);"
        );

        var sweep = await fixture.SweepAsync();

        Assert.Equal(SweepOutcome.Failed, sweep.Outcome);
        Assert.Contains("22P02", sweep.Why, StringComparison.Ordinal);
    }

    /// <summary>CodeRepos whose thresholds take a while: the first time, something happens.</summary>
    private sealed class Once(Func<Task> happens) : ICodeRepos
    {
        private bool _happened;

        public async Task<IReadOnlyDictionary<string, TimeSpan>> ThresholdsAsync(
            NpgsqlConnection connection,
            IndexingTarget target,
            TableColumns columns,
            CancellationToken cancellationToken
        )
        {
            if (!_happened)
            {
                _happened = true;
                await happens();
            }

            return ReadOnlyDictionary<string, TimeSpan>.Empty;
        }

        public Task ReportAsync(IReadOnlyList<SweepResult> results, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

using CodeRepoOperator.Indexing.Migrations;
using CodeRepoOperator.Indexing.Tables;

namespace CodeRepoOperator.Indexing.Claiming;

/// <summary>A table of jobs, whose rows are their history: when each began and ended.</summary>
public sealed class JobTableTests(PostgresServer server)
{
    private const string Row =
        "SELECT concat_ws(' ', status, CASE WHEN started_at IS NOT NULL THEN 'started' END, CASE WHEN completed_at IS NOT NULL THEN "
        + "'completed' END) FROM indexing_jobs";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_that_is_reset_has_an_end()
    {
        await using var fixture = await MigratedAsync();
        await fixture.Database.RunAsync("SELECT coderepo_claim_indexing_jobs(id) FROM indexing_jobs", Token);
        await fixture.Database.RunAsync("UPDATE indexing_jobs SET started_at = now() - interval '1 hour'", Token);

        await SweepAsync(fixture);

        Assert.Equal("failed started completed", await fixture.Database.ReadAsync<string>(Row, Token));
        Assert.True(await fixture.Database.ReadAsync<bool>("SELECT now() - completed_at < interval '1 minute' FROM indexing_jobs", Token));
    }

    [Theory]
    [InlineData("completed_at date", false)]
    [InlineData("completed_at timestamp", true)]
    [InlineData("completed_at text", false)]
    [InlineData("other timestamptz", false)]
    public async Task A_table_that_has_no_such_column_is_swept_as_well(string column, bool isWritten)
    {
        await using var fixture = await MigrationFixture.StartAsync(
            server,
            $"CREATE TABLE repositories (id int PRIMARY KEY, status text, {column}); INSERT INTO repositories VALUES (1, 'indexing')"
        );
        await fixture.MigrateAsync(MigrationFixture.Settings());
        await fixture.Database.RunAsync("UPDATE repositories SET indexing_started_at = now() - interval '1 hour'", Token);

        var sweep = await fixture.SweepAsync(new IndexingTarget());

        Assert.Single(sweep.Reset);
        Assert.Equal(Sweeping.SweepOutcome.Swept, sweep.Outcome);
        Assert.Equal(
            isWritten,
            await fixture.Database.ReadAsync<bool>($"SELECT {column.Split(' ')[0]} IS NOT NULL FROM repositories", Token)
        );
        if (isWritten)
        {
            Assert.True(
                await fixture.Database.ReadAsync<bool>(
                    "SELECT abs(extract(epoch FROM now() AT TIME ZONE 'UTC' - completed_at)) < 60 FROM repositories",
                    Token
                )
            );
        }
    }

    [Fact]
    public async Task A_job_that_ended_keeps_its_start_which_counts_for_nothing()
    {
        await using var fixture = await MigratedAsync();
        var token = await fixture.Database.ReadAsync<long>("SELECT coderepo_claim_indexing_jobs(id) FROM indexing_jobs", Token);
        await fixture.Database.RunAsync("UPDATE indexing_jobs SET started_at = now() - interval '1 day'", Token);
        Assert.True(
            await fixture.Database.ReadAsync<bool>(
                "SELECT coderepo_finish_indexing_jobs(id, $1, 'completed') FROM indexing_jobs",
                Token,
                token
            )
        );
        Assert.Equal("completed started", await fixture.Database.ReadAsync<string>(Row, Token));

        await fixture.Database.RunAsync(
            "SET session_replication_role = replica; UPDATE indexing_jobs SET status = 'running'; RESET session_replication_role",
            Token
        );

        Assert.Empty((await SweepAsync(fixture)).Reset);
        await fixture.Database.RunAsync(
            "UPDATE indexing_jobs SET indexing_heartbeat_at = indexing_heartbeat_at - interval '31 minutes'",
            Token
        );
        Assert.Single((await SweepAsync(fixture)).Reset);
    }

    private async Task<MigrationFixture> MigratedAsync()
    {
        var fixture = await MigrationFixture.StartAsync(server);
        await fixture.MigrateAsync(MigrationFixture.Settings(new IndexingTarget(), MigrationFixture.Jobs));
        await fixture.Database.RunAsync("INSERT INTO indexing_jobs DEFAULT VALUES", Token);
        return fixture;
    }

    private static Task<Sweeping.SweepResult> SweepAsync(MigrationFixture fixture) => fixture.SweepAsync(MigrationFixture.Jobs);
}

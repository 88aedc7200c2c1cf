using System.Globalization;
using CodeRepoOperator.Indexing.Tables;
using Microsoft.Extensions.Time.Testing;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>
/// Silence counts only over time in which a job could have given a sign of life. When the server was started, the test's own database says;
/// servers that are really stopped have <see cref="SweepOutageTests"/>.
/// </summary>
public sealed class SweepSilenceTests(PostgresServer server)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(29, 0)]
    [InlineData(31, 20)]
    public async Task A_sweep_that_runs_once_goes_by_the_start_of_the_server(int minutes, int expected)
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        await fixture.AddStuckAsync(20);
        await StartedAsync(fixture, minutes);

        var found = await fixture.NewSweeper().SweepAsync(dryRun: true);
        var sweep = await fixture.SweepAsync();

        Assert.Equal((SweepOutcome.Swept, expected, expected), (sweep.Outcome, found.Reset.Count, sweep.Reset.Count));
        Assert.Equal(expected == 0, sweep.Grace is not null);
        Assert.Equal((0L, 0L), (sweep.Left, sweep.SkippedLocked));
    }

    [Fact]
    public async Task A_row_with_a_threshold_of_its_own_has_that_again()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        var (hasty, patient, other) = (await fixture.AddStuckAsync(), await fixture.AddStuckAsync(), await fixture.AddStuckAsync());
        await StartedAsync(fixture, minutes: 35);
        var own = new FixedThresholds(new(hasty.ToString(), TimeSpan.FromMinutes(10)), new(patient.ToString(), TimeSpan.FromMinutes(40)));

        var sweep = await fixture.NewSweeper(codeRepos: own).SweepAsync();

        Assert.Equal(new[] { hasty.ToString(), other.ToString() }.Order(), sweep.Reset.Select(row => row.Key).Order());
    }

    [Fact]
    public async Task Another_server_than_that_of_the_last_sweep_is_a_fail_over()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        var time = new FakeTimeProvider();
        var sweeper = fixture.NewSweeper(time: time);
        await sweeper.SweepAsync();
        await fixture.AddStuckAsync(20);

        // A standby that has run for long, and was promoted between two sweeps.
        await StartedAsync(fixture, minutes: 6_000);
        var at = await sweeper.SweepAsync();
        time.Advance(TimeSpan.FromMinutes(30));
        var late = await sweeper.SweepAsync();
        time.Advance(TimeSpan.FromSeconds(1));
        var later = await sweeper.SweepAsync();

        Assert.Equal([0, 0, 20], new[] { at, late, later }.Select(sweep => sweep.Reset.Count));
        Assert.Single(sweeper.Infos, info => info.Contains("stay silent for another", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Sweeps_that_failed_for_the_server_give_each_holder_its_whole_threshold_again()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        var time = new FakeTimeProvider();
        var sweeper = fixture.NewSweeper(time: time);
        await sweeper.SweepAsync();
        fixture.Connect("Host=127.0.0.1;Port=1;Username=a;Database=a");
        Assert.Equal(SweepOutcome.Failed, (await sweeper.SweepAsync()).Outcome);
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(SweepOutcome.Failed, (await sweeper.SweepAsync()).Outcome);
        fixture.Connect(fixture.Database.ConnectionString);
        await fixture.AddStuckAsync(20);

        var back = await sweeper.SweepAsync();
        time.Advance(TimeSpan.FromMinutes(31));
        var later = await sweeper.SweepAsync();

        Assert.Equal([0, 20], new[] { back, later }.Select(sweep => sweep.Reset.Count));
    }

    /// <summary>As where the server hangs, or the table is locked, and goes on before anything fails.</summary>
    [Fact]
    public async Task A_look_that_hung_gives_each_holder_its_whole_threshold_again()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        await fixture.AddStuckAsync(20);
        var time = new FakeTimeProvider();
        var sweeper = fixture.NewSweeper(
            file => new IndexingOptions { ConnectionFile = file, LockTimeout = TimeSpan.FromSeconds(60) },
            time
        );
        await using var other = await fixture.BeginAsync("LOCK TABLE repositories IN ACCESS EXCLUSIVE MODE");

        var sweeping = sweeper.SweepAsync();
        await fixture.SeeBlockedAsync();
        time.Advance(TimeSpan.FromMinutes(11));
        await other.RunAsync("COMMIT", Token);
        var sweep = await sweeping;
        time.Advance(TimeSpan.FromMinutes(31));
        var later = await sweeper.SweepAsync();

        Assert.Equal((SweepOutcome.Swept, 0), (sweep.Outcome, sweep.Reset.Count));
        Assert.Equal(20, later.Reset.Count);
    }

    private static Task<int> StartedAsync(IndexingFixture fixture, int minutes) =>
        fixture.Database.RunAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                DO $do$ BEGIN EXECUTE format(
                  'CREATE OR REPLACE FUNCTION pg_catalog.pg_postmaster_start_time() RETURNS timestamptz LANGUAGE sql STABLE AS $$ SELECT %L::timestamptz $$',
                  now() - interval '{minutes} minutes');
                END $do$
                """
            ),
            Token
        );
}

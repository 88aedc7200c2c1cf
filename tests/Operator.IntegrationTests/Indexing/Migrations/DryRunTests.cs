using CodeRepoOperator.Indexing.Tables;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>What a dry run prints, run by psql.</summary>
public sealed class DryRunTests(PostgresServer server)
{
    private static readonly IndexingOptions Original = MigrationFixture.Settings(new IndexingTarget(), MigrationFixture.Jobs);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Psql_does_with_it_what_migrate_would()
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        var printed = await fixture.PrintAsync(Original);
        Assert.False(await fixture.Database.ReadAsync<bool>("SELECT to_regclass('coderepo_migrations') IS NOT NULL", Token));

        var outcome = await fixture.PsqlAsync(printed!);

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        await fixture.MigrateAsync(Original);
        Assert.All(fixture.Log.Entries, entry => Assert.EndsWith(": nothing to do", entry.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Psql_undoes_with_it_what_down_would()
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        await fixture.MigrateAsync(Original);

        var outcome = await fixture.PsqlAsync((await fixture.PrintAsync(Original, MigrationDirection.Down))!);

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Null(await fixture.PrintAsync(Original, MigrationDirection.Down));
        Assert.Equal(0L, await fixture.Database.ReadAsync<long>("SELECT count(*) FROM pg_class WHERE relname LIKE 'coderepo%'", Token));
    }

    [Fact]
    public async Task The_program_prints_it_and_nothing_else()
    {
        await using var fixture = await MigrationFixture.StartAsync(server);

        var outcome = await fixture.ProgramAsync(["--dry-run"]);

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Equal(await fixture.PrintAsync(MigrationFixture.Settings()), outcome.Output[..^1]);
        Assert.DoesNotContain("Password", outcome.Output, StringComparison.OrdinalIgnoreCase);
    }
}

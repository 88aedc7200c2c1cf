using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Machinery;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>What a dry run prints, run by psql.</summary>
public sealed class DryRunTests(PostgresServer server)
{
    private static readonly IndexingOptions Original = MigrationBench.Settings(new IndexingTarget(), MigrationBench.Jobs);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Psql_does_with_it_what_migrate_would()
    {
        await using var bench = await MigrationBench.StartAsync(server);
        var printed = await bench.PrintAsync(Original);
        Assert.False(await bench.Database.ReadAsync<bool>("SELECT to_regclass('coderepo_migrations') IS NOT NULL", Token));

        var outcome = await bench.PsqlAsync(printed!);

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        await bench.MigrateAsync(Original);
        Assert.All(bench.Log.Entries, entry => Assert.EndsWith(": nothing to do", entry.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Psql_undoes_with_it_what_down_would()
    {
        await using var bench = await MigrationBench.StartAsync(server);
        await bench.MigrateAsync(Original);

        var outcome = await bench.PsqlAsync((await bench.PrintAsync(Original, MigrationDirection.Down))!);

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Null(await bench.PrintAsync(Original, MigrationDirection.Down));
        Assert.Equal(0L, await bench.Database.ReadAsync<long>("SELECT count(*) FROM pg_class WHERE relname LIKE 'coderepo%'", Token));
    }

    [Fact]
    public async Task The_program_prints_it_and_nothing_else()
    {
        await using var bench = await MigrationBench.StartAsync(server);

        var outcome = await bench.ProgramAsync(["--dry-run"]);

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Equal(await bench.PrintAsync(MigrationBench.Settings()), outcome.Output[..^1]);
        Assert.DoesNotContain("Password", outcome.Output, StringComparison.OrdinalIgnoreCase);
    }
}

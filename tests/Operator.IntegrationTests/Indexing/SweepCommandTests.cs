namespace CodeRepoOperator.Indexing;

/// <summary><c>coderepo-operator sweep</c>, as a CronJob runs it: without a cluster.</summary>
public sealed class SweepCommandTests(PostgresServer server)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_reports_in_a_dry_run_what_it_resets_in_another()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        var stuck = await fixture.AddStuckAsync();
        await fixture.AddAsync("now()");

        var dry = await RunAsync("--dry-run", $"--Indexing:ConnectionFile={fixture.ConnectionFile}");
        Assert.Equal(0, dry.ExitCode);
        Assert.Contains("repositories: swept, 1 rows would be reset", dry.Output, StringComparison.Ordinal);
        Assert.Contains($"\n  {stuck}: no sign of life for 01:00:", dry.Output, StringComparison.Ordinal);
        Assert.Equal("indexing", await fixture.StatusAsync(stuck));

        var swept = await RunAsync($"--Indexing:ConnectionFile={fixture.ConnectionFile}", "--Indexing:MaxResets=0");
        Assert.Equal(0, swept.ExitCode);
        Assert.Contains("repositories: swept, 1 rows reset, 1 of them given up", swept.Output, StringComparison.Ordinal);
        Assert.Equal("error", await fixture.StatusAsync(stuck));
    }

    [Fact]
    public async Task Its_exit_code_distinguishes_degraded_failed_and_set_up_wrong()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server, PostgresDatabase.OriginalSchema);
        var file = $"--Indexing:ConnectionFile={fixture.ConnectionFile}";

        var degraded = await RunAsync(file);
        var nowhere = await RunAsync();
        var noTable = await RunAsync(file, "--Indexing:Targets:0:Table=nowhere");
        var wrong = await RunAsync(file, "--Indexing:MaxResets=-1");
        fixture.Connect("Host=127.0.0.1;Port=1;Username=a;Password=hidden;Database=a");
        var failed = await RunAsync(file);

        Assert.Equal([0, 2, 2, 2, 1], new[] { degraded, nowhere, noTable, wrong, failed }.Select(run => run.ExitCode));
        Assert.Contains("repositories: degraded, 0 rows reset. public.repositories lacks", degraded.Output, StringComparison.Ordinal);
        Assert.Contains("set Indexing:ConnectionFile", nowhere.Error, StringComparison.Ordinal);
        Assert.Contains("nowhere: failed", noTable.Output, StringComparison.Ordinal);
        Assert.Contains("can't be reached", failed.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", failed.Output + failed.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(" at ", failed.Error, StringComparison.Ordinal);
    }

    private static Task<ProcessOutcome> RunAsync(params string[] arguments) =>
        ProcessRunner.RunAsync(
            Path.Combine(AppContext.BaseDirectory, "coderepo-operator"),
            ["sweep", .. arguments],
            new Dictionary<string, string>(),
            "",
            Token
        );
}

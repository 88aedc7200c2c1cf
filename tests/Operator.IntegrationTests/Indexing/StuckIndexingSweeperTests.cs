using System.Collections.ObjectModel;
using CodeRepoOperator.Indexing.Sweeping;
using CodeRepoOperator.Indexing.Tables;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace CodeRepoOperator.Indexing;

/// <summary>When the operator sweeps, and that nothing ends its loop.</summary>
public sealed class StuckIndexingSweeperTests(PostgresServer server)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_sweeps_at_the_start_and_each_interval_also_when_CodeRepos_can_not_be_reported()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        var time = new FakeTimeProvider();
        var codeRepos = new Unreported { IsAway = true };
        var sweeper = fixture.NewSweeper(time: time, codeRepos: codeRepos);
        var log = new RecordingLogger<StuckIndexingSweeper>();
        var options = Options.Create(
            new IndexingOptions { ConnectionFile = fixture.ConnectionFile, SweepInterval = TimeSpan.FromMinutes(1) }
        );
        using var loop = new StuckIndexingSweeper(sweeper.Sweeper, new SweepRequests(), options, time, log);
        var first = await fixture.AddStuckAsync();

        await loop.StartAsync(Token);
        await SeeResetAsync(fixture, first);
        await SeeRoundsAsync(1);
        var second = await fixture.AddStuckAsync();
        time.Advance(TimeSpan.FromMinutes(1));
        await SeeResetAsync(fixture, second);
        await SeeRoundsAsync(2);
        codeRepos.IsAway = false;
        time.Advance(TimeSpan.FromMinutes(1));
        await SeeRoundsAsync(3);
        await Eventually.True(() => log.Entries.Count == 2, Soon, Token);
        await loop.StopAsync(Token);

        Assert.Equal([LogLevel.Warning, LogLevel.Information], log.Entries.Select(entry => entry.Level));
        Assert.True(loop.ExecuteTask!.IsCompletedSuccessfully);

        Task SeeRoundsAsync(int rounds) => Eventually.True(() => codeRepos.Rounds == rounds, Soon, Token);
    }

    [Fact]
    public async Task Without_a_database_it_says_once_how_to_turn_recovery_on()
    {
        var options = new IndexingOptions();
        await using var sweeper = new IndexingSweeper(options, TimeProvider.System, new NoCodeRepos());
        var log = new RecordingLogger<StuckIndexingSweeper>();
        using var loop = new StuckIndexingSweeper(sweeper.Sweeper, new SweepRequests(), Options.Create(options), TimeProvider.System, log);

        await loop.StartAsync(Token);
        await loop.ExecuteTask!;

        var (level, text) = Assert.Single(log.Entries);
        Assert.Equal(LogLevel.Information, level);
        Assert.Contains("set Indexing:ConnectionFile", text, StringComparison.Ordinal);
    }

    private static Task SeeResetAsync(IndexingFixture fixture, Guid row) =>
        Eventually.HoldsAsync("the row is reset", async _ => await fixture.StatusAsync(row) == "error", Soon, Token);

    /// <summary>CodeRepos whose API server may be away.</summary>
    private sealed class Unreported : ICodeRepos
    {
        private int _rounds;

        public bool IsAway { get; set; }

        public int Rounds => Volatile.Read(ref _rounds);

        public Task<IReadOnlyDictionary<string, TimeSpan>> ThresholdsAsync(
            NpgsqlConnection connection,
            IndexingTarget target,
            TableColumns columns,
            CancellationToken cancellationToken
        ) => Task.FromResult<IReadOnlyDictionary<string, TimeSpan>>(ReadOnlyDictionary<string, TimeSpan>.Empty);

        public Task ReportAsync(IReadOnlyList<SweepResult> results, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _rounds);
            return IsAway ? throw new HttpRequestException("Connection refused") : Task.CompletedTask;
        }
    }
}

using CodeRepoOperator.Indexing.Sweeping;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.IndexingClient;
using Npgsql;

namespace CodeRepoOperator.Indexing.Claiming;

/// <summary>A threshold of a day is 24 hours, also where the clocks were put forward or back since yesterday.</summary>
public sealed class ClockChangeTests(PostgresServer server)
{
    /// <summary>
    /// A time zone in which the clocks changed 12 hours ago, as POSIX writes one: a day that began before has 23 hours, or 25.
    /// </summary>
    private const string Zone = """
        SELECT format(CASE WHEN $1 THEN 'AAA0BBB-1,%1$s/%2$s,%3$s/0' ELSE 'AAA0BBB-1,%3$s/0,%1$s/%2$s' END,
          extract(doy FROM changed) - 1, extract(hour FROM changed), extract(doy FROM changed + interval '180 days') - 1)
        FROM (SELECT now() AT TIME ZONE 'UTC' - interval '12 hours') AS n (changed)
        """;

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true, "23 hours 30 minutes", false)]
    [InlineData(false, "24 hours 30 minutes", true)]
    public async Task The_sweep_counts_hours(bool forward, string age, bool isStuck)
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        await ChangeClocksAsync(fixture.Database, forward);
        var row = await fixture.AddAsync($"now() - interval '{age}'");
        var own = await fixture.AddAsync($"now() - interval '{age}'");
        var thresholds = new FixedThresholds(new KeyValuePair<string, TimeSpan>(own.ToString(), Day));
        IndexingSweeper Sweeper() =>
            fixture.NewSweeper(
                file => new IndexingOptions
                {
                    ConnectionFile = file,
                    Threshold = Day,
                    Targets = [new()],
                },
                codeRepos: thresholds
            );

        var found = await Sweeper().SweepAsync(dryRun: true);
        var sweep = await Sweeper().SweepAsync();

        string[] expected = isStuck ? [row.ToString(), own.ToString()] : [];
        Assert.Equal(expected.Order(), found.Reset.Select(reset => reset.Key).Order());
        Assert.Equal(expected.Order(), sweep.Reset.Select(reset => reset.Key).Order());
    }

    [Theory]
    [InlineData(true, "23 hours 30 minutes", false)]
    [InlineData(false, "24 hours 30 minutes", true)]
    public async Task A_claim_counts_hours(bool forward, string age, bool isFree)
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        await ChangeClocksAsync(fixture.Database, forward);
        var bySql = await fixture.AddAsync($"now() - interval '{age}'");
        var byClient = await fixture.AddAsync($"now() - interval '{age}'");
        await using var zoned = NpgsqlDataSource.Create(fixture.Database.ConnectionString + ";Pooling=false");
        await using var command = zoned.CreateCommand("SELECT coderepo_claim($1, '1 day')");
        command.Parameters.Add(new() { Value = bySql });

        Assert.Equal(isFree, await command.ExecuteScalarAsync(Token) is long);
        Assert.Equal(isFree, await new IndexingClaims(zoned).ClaimAsync(byClient, Day, Token) is not null);
    }

    /// <summary>For sessions that begin from now on.</summary>
    private static async Task ChangeClocksAsync(PostgresDatabase database, bool forward)
    {
        var zone = await database.ReadAsync<string>(Zone, Token, forward);
        await database.RunAsync($"ALTER DATABASE {database.Name} SET timezone = '{zone}'", Token);
    }
}

using Npgsql;

namespace CodeRepoOperator.Indexing.Claiming;

/// <summary>Many claimers at once.</summary>
public sealed class ClaimRaceTests(PostgresServer server)
{
    private const int Claimers = 16;
    private const int Tries = 8_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Exactly_one_of_many_claimers_wins_each_time()
    {
        await using var table = await ClaimTable.StartAsync(server);

        var wins = await Task.WhenAll(Enumerable.Range(0, Claimers).Select(_ => Task.Run(() => ClaimAsync(table, Tries / Claimers))));

        var tokens = wins.SelectMany(own => own).Order().ToList();
        Assert.Equal(Enumerable.Range(1, tokens.Count).Select(token => (long)token), tokens);
        Assert.Equal(tokens[^1], await table.Database.ReadAsync<long>("SELECT indexing_token FROM repositories", Token));
        Assert.InRange(tokens.Count, 2, Tries - 1);
        TestContext.Current.TestOutputHelper?.WriteLine($"{tokens.Count} of {Tries} tries won");
    }

    [Fact]
    public async Task Of_many_that_take_a_stale_row_one_gets_it()
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.ClaimAsync();
        await table.AgeAsync("1 hour");

        var tokens = await Task.WhenAll(Enumerable.Range(0, Claimers).Select(_ => table.ClaimAsync()));

        Assert.Equal(2, Assert.Single(tokens, token => token is not null));
    }

    /// <summary>Claims again and again; each win is followed by a finish, which must succeed.</summary>
    private static async Task<List<long>> ClaimAsync(ClaimTable table, int tries)
    {
        await using var connection = await table.OpenAsync();
        await using var claim = new NpgsqlCommand("SELECT coderepo_claim($1)", connection)
        {
            Parameters = { new() { Value = ClaimTable.Id } },
        };
        await using var finish = new NpgsqlCommand("SELECT coderepo_finish($1, $2, 'indexed')", connection)
        {
            Parameters =
            {
                new() { Value = ClaimTable.Id },
                new() { Value = 0L },
            },
        };
        await claim.PrepareAsync(Token);
        await finish.PrepareAsync(Token);
        var won = new List<long>();
        for (var i = 0; i < tries; i++)
        {
            if (await claim.ExecuteScalarAsync(Token) is long token)
            {
                won.Add(token);
                finish.Parameters[1].Value = token;
                Assert.Equal(true, await finish.ExecuteScalarAsync(Token));
            }
        }

        return won;
    }
}

using Npgsql;

namespace CodeRepoOperator.Indexing.Claiming;

/// <summary>A token is given once, also for a key that was deleted and inserted again; and no claim takes what is held.</summary>
public sealed class TokenTests(PostgresServer server)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("DELETE FROM repositories", "id, name, status) VALUES ($1, 'hello', 'cloned'")]
    [InlineData("DELETE FROM repositories", "id, name, status, indexing_token) VALUES ($1, 'hello', 'indexing', 1")]
    [InlineData("DELETE FROM repositories", "id, name, status, indexing_token) VALUES ($1, 'hello', 'cloned', 0")]
    [InlineData("DELETE FROM repositories", "id, name, status, indexing_token) VALUES ($1, 'hello', 'cloned', 9223372036854775807")]
    [InlineData(
        "TRUNCATE repositories CASCADE",
        "id, name, status, indexing_token, indexing_started_at) VALUES ($1, 'hello', 'indexing', 1, now()"
    )]
    public async Task A_key_that_is_inserted_again_has_greater_tokens_than_before(string delete, string insert)
    {
        await using var table = await ClaimTable.StartAsync(server);
        var first = (await table.ClaimAsync())!.Value;
        await table.Database.RunAsync(delete, Token);
        await table.Database.RunAsync($"INSERT INTO repositories ({insert})", Token, ClaimTable.Id);

        Assert.False(await table.HeartbeatAsync(first));
        var second = await table.ClaimAsync("0 seconds");
        Assert.True(second > first, $"{second} after {first}");
        Assert.False(await table.HeartbeatAsync(first));
        Assert.False(await table.FinishAsync(first));

        await table.Database.RunAsync(delete, Token);
        await table.Database.RunAsync($"INSERT INTO repositories ({insert})", Token, ClaimTable.Id);
        Assert.True(await table.ClaimAsync("0 seconds") > second);
        Assert.False(await table.FinishAsync(second!.Value));
    }

    [Theory]
    [InlineData("-1 second")]
    [InlineData("-1 day")]
    [InlineData("-1 month 1 day")]
    [InlineData("1 day -25 hours")]
    public async Task A_negative_time_is_refused_and_takes_nothing(string staleAfter)
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.ClaimAsync();
        await table.HeartbeatAsync(1);
        var before = await table.RowAsync();

        var refusal = await Assert.ThrowsAsync<PostgresException>(() => table.ClaimAsync(staleAfter));

        Assert.Equal(PostgresErrorCodes.InvalidParameterValue, refusal.SqlState);
        Assert.Contains("stale_after is negative", refusal.MessageText, StringComparison.Ordinal);
        Assert.NotEmpty(refusal.Hint!);
        Assert.Equal(before, await table.RowAsync());
    }

    [Fact]
    public async Task No_time_at_all_is_never_over()
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.ClaimAsync();
        await table.AgeAsync("1 year");

        Assert.Null(await table.Database.ReadAsync<long?>("SELECT coderepo_claim($1, NULL)", Token, ClaimTable.Id));
    }
}

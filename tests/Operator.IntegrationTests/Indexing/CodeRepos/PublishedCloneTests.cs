namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>The operator as its own process, with a database.</summary>
public sealed class PublishedCloneTests(KubeApiServer cluster, PostgresServer postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_clone_that_is_published_is_named_by_its_row_and_a_database_that_is_away_disturbs_no_clone()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        await using var database = await postgres.CreateDatabaseAsync(Token);
        using var directory = new TemporaryDirectory();
        var file = Path.Combine(directory.Path, "connection");
        await File.WriteAllTextAsync(file, "Host=127.0.0.1;Port=1;Username=operator;Password=s3cr3t", Token);
        await database.RunAsync(PostgresDatabase.OriginalSchema, Token);
        await database.RunAsync(
            "INSERT INTO repositories (git_url, branch, local_path) VALUES ($1, 'main', '/tmp/hello')",
            Token,
            fixture.Server.UrlOf("hello")
        );
        var running = await fixture.StartReadyOperatorAsync(
            ("Indexing__ConnectionFile", file),
            ("Indexing__Targets__0__LocalPath", "local_path"),
            ("Indexing__SweepInterval", "00:00:01")
        );
        await fixture.CreateAsync();
        await fixture.SeeConditionAsync("Ready", "True", "Cloned");
        await Eventually.True(
            () => running.Log.Contains("local_path of repositories could not be kept", StringComparison.Ordinal),
            CloneFixture.Soon,
            Token
        );

        // As a Secret that is mounted changes.
        await File.WriteAllTextAsync(file, database.ConnectionString, Token);

        await Eventually.SeeAsync(
            "the row names the clone",
            token => database.ReadAsync<string>("SELECT local_path FROM repositories", token),
            path => path == "/code/hello",
            CloneFixture.Soon,
            Token
        );
        Assert.DoesNotContain("s3cr3t", running.Log, StringComparison.Ordinal);
        Assert.Equal(1, running.Log.Split("could not be kept").Length - 1);
        Assert.Equal(0, await running.StopAsync(Token));
    }
}

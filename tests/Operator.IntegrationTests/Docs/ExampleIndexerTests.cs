namespace CodeRepoOperator.Docs;

/// <summary>
/// examples/indexer.py as its users run it. The clone is a directory with a marker, as on the volume. The Ensure API is a stand-in that
/// responds as docs/ensure-api.md says: what the real one responds <c>EnsureTests</c> show. Its role has the permissions that
/// docs/indexing.md grants an indexer.
/// </summary>
public sealed class ExampleIndexerTests(PostgresServer server) : IAsyncLifetime
{
    private const string Row = "4c4c30e1-0000-4000-8000-000000000001";
    private const string Commit = "0123456789012345678901234567890123456789";

    private readonly TemporaryDirectory _directory = new();
    private PostgresDatabase _database = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await server.CreateMigratedDatabaseAsync(Token);
        await _database.RunAsync($"INSERT INTO repositories (id) VALUES ('{Row}'); UPDATE repositories SET indexing_token = 0", Token);
        await IndexingGuide.GrantAsync(_database, Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task It_waits_while_there_is_no_clone_then_indexes_it_and_finishes()
    {
        var asked = new List<string>();
        await using var api = await StandInEnsureApi.StartAsync(request =>
        {
            asked.Add($"{request.Method} {request.Path}{request.QueryString} {request.Headers.Authorization}");
            if (asked.Count == 3)
            {
                MakeClone();
            }

            return Task.FromResult(
                asked.Count switch
                {
                    1 => new EnsureResponse(503, """{"title": "StoreFull"}""", RetryAfter: 0),
                    2 => new EnsureResponse(202, "{}", RetryAfter: 0),
                    _ => new EnsureResponse(200, """{"path": "default/hello"}"""),
                }
            );
        });

        var ran = await RunAsync(("ENSURE_URL", api.Url), ("TOKEN_FILE", await FileAsync("token", "the-token\n")));

        Assert.Equal((0, $"row {Row}: indexed 2 files at {Commit}\n"), (ran.ExitCode, ran.Output));
        Assert.Contains("StoreFull", ran.Error, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Repeat("POST /v1/namespaces/default/coderepos/hello/ensure?wait=30s Bearer the-token", 3), asked);
        Assert.Equal(
            "indexed 2 " + Commit,
            await _database.ReadAsync<string>("SELECT concat_ws(' ', status, file_count, last_indexed_commit) FROM repositories", Token)
        );
    }

    [Fact]
    public async Task It_leaves_a_row_alone_that_another_holds()
    {
        await _database.RunAsync("UPDATE repositories SET status = 'indexing'", Token);

        var ran = await RunAsync();

        Assert.Equal((0, $"row {Row}: somebody else is at it\n"), (ran.ExitCode, ran.Output));
        Assert.Equal("indexing 1", await StatusAndTokenAsync());
    }

    [Fact]
    public async Task A_refusal_ends_it_with_the_row_in_error()
    {
        await using var api = await StandInEnsureApi.StartAsync(_ => Task.FromResult(new EnsureResponse(403, "{}")));

        var ran = await RunAsync(("ENSURE_URL", api.Url));

        Assert.Equal(1, ran.ExitCode);
        Assert.Contains("403", ran.Error, StringComparison.Ordinal);
        Assert.Equal("error 1", await StatusAndTokenAsync());
    }

    [Fact]
    public async Task It_stops_when_the_row_is_lost_and_writes_nothing()
    {
        // The row goes to another while the clone is asked for: the heartbeat, every quarter of a second, finds out.
        await using var api = await StandInEnsureApi.StartAsync(async _ =>
        {
            await _database.RunAsync("SELECT coderepo_claim(id, '0 seconds') FROM repositories WHERE indexing_token = 1", Token);
            return new EnsureResponse(503, "{}", RetryAfter: 1);
        });

        var ran = await RunAsync(("ENSURE_URL", api.Url), ("THRESHOLD", "1"));

        Assert.Equal(3, ran.ExitCode);
        Assert.Equal("indexing 2", await StatusAndTokenAsync());
    }

    private void MakeClone()
    {
        var clone = _directory.New("code/hello");
        Directory.CreateDirectory(Path.Combine(clone, ".git"));
        Directory.CreateDirectory(Path.Combine(clone, "src"));
        File.WriteAllText(Path.Combine(clone, ".git", "coderepo.json"), $$"""{"commit": "{{Commit}}"}""");
        File.WriteAllText(Path.Combine(clone, "README.md"), "");
        File.WriteAllText(Path.Combine(clone, "src", "main.c"), "");
    }

    private Task<ProcessOutcome> RunAsync(params (string Name, string Value)[] settings)
    {
        (string Name, string Value)[] all =
        [
            ("DATABASE_URL", IndexingGuide.UrlAs(_database, "indexer")),
            ("CLONES", Path.Combine(_directory.Path, "code")),
            .. settings,
        ];
        return ProcessRunner.RunAsync(
            "/usr/bin/python3",
            [Checkout.PathOf("examples/indexer.py"), "default/hello", Row],
            all.ToDictionary(setting => setting.Name, setting => setting.Value),
            "",
            Token
        );
    }

    private async Task<string> FileAsync(string name, string content)
    {
        var path = Path.Combine(_directory.Path, name);
        await File.WriteAllTextAsync(path, content, Token);
        return path;
    }

    private Task<string?> StatusAndTokenAsync() =>
        _database.ReadAsync<string>("SELECT concat_ws(' ', status, indexing_token) FROM repositories", Token);
}

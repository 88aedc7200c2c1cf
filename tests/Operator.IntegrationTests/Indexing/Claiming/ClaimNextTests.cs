using Npgsql;

namespace CodeRepoOperator.Indexing.Claiming;

/// <summary>Workers that take whichever row is next.</summary>
public sealed class ClaimNextTests(PostgresServer server)
{
    private const string Next = "SELECT r.name FROM coderepo_claim_next($1) n JOIN repositories r USING (id)";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_row_that_has_waited_for_longest_comes_first_whatever_its_status()
    {
        await using var database = await server.CreateMigratedDatabaseAsync(Token);
        await database.RunAsync("INSERT INTO repositories (name, status) VALUES ('second', 'pending')", Token);
        await database.RunAsync("INSERT INTO repositories (name, status) VALUES ('third', 'error')", Token);
        await database.RunAsync("INSERT INTO repositories (name, status) VALUES ('indexed', 'indexed')", Token);
        await database.RunAsync("INSERT INTO repositories (name, status) VALUES ('first', 'pending')", Token);
        await database.RunAsync("UPDATE repositories SET indexing_not_before = NULL WHERE name = 'first'", Token);

        Assert.Equal(["first", "second", "third", null], await NamesAsync(database, 4, "pending", "error"));
        Assert.Equal(["indexed", null], await NamesAsync(database, 2, "indexed", "no such status"));
    }

    [Fact]
    public async Task A_row_that_comes_back_waits_behind_those_that_wait_already()
    {
        await using var database = await server.CreateMigratedDatabaseAsync(Token);
        await database.RunAsync("INSERT INTO repositories (name, status) VALUES ('one', 'pending')", Token);
        await database.RunAsync("INSERT INTO repositories (name, status) VALUES ('two', 'pending')", Token);

        Assert.Equal(["one"], await NamesAsync(database, 1, "pending"));
        await database.RunAsync("UPDATE repositories SET status = 'pending' WHERE name = 'one'", Token);

        Assert.Equal(["two", "one", null], await NamesAsync(database, 3, "pending"));
    }

    [Theory]
    [InlineData("now() + interval '1 hour'", null)]
    [InlineData("'infinity'", null)]
    [InlineData("now() - interval '1 second'", "one")]
    public async Task A_row_is_left_until_its_time_comes(string notBefore, string? name)
    {
        await using var database = await server.CreateMigratedDatabaseAsync(Token);
        await database.RunAsync(
            $"INSERT INTO repositories (name, status, indexing_not_before) VALUES ('one', 'pending', {notBefore})",
            Token
        );

        Assert.Equal([name], await NamesAsync(database, 1, "pending"));
    }

    [Fact]
    public async Task Where_none_waits_the_one_whose_holder_has_been_silent_for_longest_is_taken()
    {
        await using var database = await server.CreateMigratedDatabaseAsync(Token);
        await database.RunAsync(
            "INSERT INTO repositories (name, status) VALUES ('live', 'indexing'), ('old', 'indexing'), ('older', 'indexing')",
            Token
        );
        await database.RunAsync("UPDATE repositories SET indexing_started_at = now() - interval '1 hour' WHERE name = 'old'", Token);
        await database.RunAsync("UPDATE repositories SET indexing_started_at = now() - interval '2 hours' WHERE name = 'older'", Token);

        Assert.Equal(["older", "old", null], await NamesAsync(database, 3, "pending"));
    }

    [Fact]
    public async Task A_row_that_was_given_up_is_left_until_its_count_is_set_back()
    {
        await using var database = await server.CreateMigratedDatabaseAsync(Token);
        await database.RunAsync(
            "INSERT INTO repositories (name, status, indexing_resets) VALUES ('poison', 'error', 6), ('good', 'error', 5)",
            Token
        );

        Assert.Equal(["good", null], await NamesAsync(database, 2, "error"));
        await database.RunAsync("UPDATE repositories SET indexing_resets = 0 WHERE name = 'poison'", Token);
        Assert.Equal(["poison"], await NamesAsync(database, 1, "error"));
    }

    [Fact]
    public async Task A_row_that_another_session_has_locked_is_passed_over()
    {
        await using var database = await server.CreateMigratedDatabaseAsync(Token);
        await database.RunAsync("INSERT INTO repositories (name, status) VALUES ('locked', 'pending')", Token);
        await database.RunAsync("INSERT INTO repositories (name, status) VALUES ('free', 'pending')", Token);
        await using var other = await database.Source.OpenConnectionAsync(Token);
        await using var transaction = await other.BeginTransactionAsync(Token);
        await using var take = new NpgsqlCommand("SELECT FROM repositories WHERE name = 'locked' FOR UPDATE", other);
        await take.ExecuteNonQueryAsync(Token);

        Assert.Equal(["free", null], await NamesAsync(database, 2, "pending"));
    }

    [Fact]
    public async Task Each_row_has_one_winner_of_many()
    {
        const int Rows = 400;
        const int Workers = 16;
        await using var database = await server.CreateMigratedDatabaseAsync(Token);
        await database.RunAsync($"INSERT INTO repositories (status) SELECT 'pending' FROM generate_series(1, {Rows})", Token);

        var taken = await Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => TakeAllAsync(database)));

        var all = taken.SelectMany(own => own).ToList();
        Assert.Equal((Rows, Rows), (all.Count, all.Distinct().Count()));
        Assert.Equal(Rows, await database.ReadAsync<long>("SELECT count(*) FROM repositories WHERE status = 'indexing'", Token));
    }

    [Fact]
    public async Task It_is_found_by_the_index_and_not_by_reading_the_table()
    {
        await using var database = await server.CreateMigratedDatabaseAsync(Token);
        await database.RunAsync(
            """
            INSERT INTO repositories (name, status) SELECT 'x', CASE WHEN n % 10 = 0 THEN 'pending' ELSE 'indexed' END FROM generate_series(1, 20000) n;
            INSERT INTO repositories (name, status, indexing_resets) SELECT 'given up', 'pending', 6 FROM generate_series(1, 5000);
            ANALYZE repositories;
            """,
            Token
        );
        await using var connection = await database.Source.OpenConnectionAsync(Token);
        await using var command = new NpgsqlCommand(
            """
            SELECT pg_stat_reset_single_table_counters('repositories'::regclass); SELECT pg_stat_force_next_flush();
            SELECT count(*) FROM generate_series(1, 50), coderepo_claim_next('{pending}'); SELECT pg_stat_force_next_flush();
            """,
            connection
        );
        await command.ExecuteNonQueryAsync(Token);
        await using var read = new NpgsqlCommand("SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'repositories'", connection);

        Assert.Equal(0L, await read.ExecuteScalarAsync(Token));
    }

    [Theory]
    [InlineData("INSERT INTO repositories (status) VALUES ('pending')", true)]
    [InlineData("UPDATE repositories SET status = 'pending' WHERE name = 'cloned'", true)]
    [InlineData("UPDATE repositories SET status = 'error', indexing_resets = 1 WHERE name = 'active'", true)]
    [InlineData("UPDATE repositories SET name = 'other'", false)]
    [InlineData("SELECT coderepo_claim(id) FROM repositories WHERE name = 'cloned'", false)]
    [InlineData("SELECT coderepo_heartbeat(id, indexing_token) FROM repositories WHERE name = 'active'", false)]
    public async Task Who_listens_is_notified_of_a_row_that_waits(string change, bool isNotified)
    {
        await using var database = await server.CreateMigratedDatabaseAsync(Token);
        await database.RunAsync("INSERT INTO repositories (name, status) VALUES ('cloned', 'cloned'), ('active', 'indexing')", Token);
        await using var listener = await database.Source.OpenConnectionAsync(Token);
        var heard = new List<string>();
        listener.Notification += (_, notification) => heard.Add(notification.Payload);
        await using var listen = new NpgsqlCommand("LISTEN coderepo_claimable; LISTEN mark", listener);
        await listen.ExecuteNonQueryAsync(Token);

        // The mark comes after whatever the change has sent.
        await database.RunAsync(change, Token);
        await database.RunAsync("NOTIFY mark, 'mark'", Token);
        while (!heard.Contains("mark"))
        {
            await listener.WaitAsync(Token);
        }

        Assert.Equal(isNotified ? ["public.repositories", "mark"] : ["mark"], heard);
    }

    private static async Task<List<Guid>> TakeAllAsync(PostgresDatabase database)
    {
        var taken = new List<Guid>();
        while (await database.ReadAsync<Guid?>("SELECT id FROM coderepo_claim_next('{pending}')", Token) is { } id)
        {
            taken.Add(id);
        }

        return taken;
    }

    private static async Task<string?[]> NamesAsync(PostgresDatabase database, int count, params string[] statuses)
    {
        var names = new string?[count];
        for (var claim = 0; claim < count; claim++)
        {
            names[claim] = await database.ReadAsync<string?>(Next, Token, (object)statuses);
        }

        return names;
    }
}

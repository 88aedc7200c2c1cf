using System.Collections.Concurrent;
using Npgsql;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>The triggers that tell of rows that declare CodeRepos.</summary>
public sealed class RowTriggersTests(PostgresServer server)
{
    private static readonly (string, string)[] Declare =
    [
        ("Indexing__Declare__Enabled", "true"),
        ("Indexing__Declare__Namespace", "team-a"),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task They_are_there_where_rows_declare_and_go_where_they_do_not()
    {
        await using var database = await CreateAsync();

        await database.MigrateAsync(Token, Declare);
        Assert.Equal(3, await CountAsync(database));
        var journal = await JournalAsync(database);
        await database.MigrateAsync(Token, Declare);
        Assert.Equal((3, journal), (await CountAsync(database), await JournalAsync(database)));

        await database.RunAsync("ALTER TABLE repositories DISABLE TRIGGER coderepo_row_made_repositories", Token);
        await database.MigrateAsync(Token, Declare);
        Assert.Equal(3, await CountAsync(database));

        await database.MigrateAsync(Token);
        Assert.Equal(0, await CountAsync(database));
        await database.MigrateAsync(Token, Declare);
        Assert.Equal(3, await CountAsync(database));
    }

    [Fact]
    public async Task What_declares_is_told_of_and_nothing_else_is()
    {
        await using var database = await CreateAsync();
        await database.MigrateAsync(Token, Declare);
        var told = new ConcurrentQueue<string>();
        await using var listener = await database.Source.OpenConnectionAsync(Token);
        listener.Notification += (_, notice) => told.Enqueue(notice.Payload);
        await using (var listen = new NpgsqlCommand("LISTEN coderepo_rows", listener))
        {
            await listen.ExecuteNonQueryAsync(Token);
        }

        const string One = "4c4c30e1-0000-4000-8000-000000000001";
        const string Two = "4c4c30e1-0000-4000-8000-000000000002";
        await SeeAsync($"INSERT INTO repositories (id, git_url) VALUES ('{One}', 'https://git.example.com/a')", One);
        await SeeAsync("UPDATE repositories SET git_url = 'https://git.example.com/b'", One);
        await SeeAsync("UPDATE repositories SET branch = 'dev'", One);
        await SeeAsync("UPDATE repositories SET status = 'indexing', git_url = git_url, branch = branch, file_count = 7");
        await SeeAsync("UPDATE repositories SET indexing_heartbeat_at = now()");
        await SeeAsync($"UPDATE repositories SET id = '{Two}'", One, Two);
        await SeeAsync("DELETE FROM repositories", Two);
        await SeeAsync("TRUNCATE repositories CASCADE", "");

        async Task SeeAsync(string sql, params string[] keys)
        {
            told.Clear();
            await database.RunAsync(sql, Token);
            await database.RunAsync("NOTIFY coderepo_rows, 'end'", Token);
            while (!told.Contains("end"))
            {
                await listener.WaitAsync(Token);
            }

            Assert.Equal(keys.Select(key => $"public.repositories {key}").Append("end"), told);
        }
    }

    [Fact]
    public async Task A_key_that_no_notification_has_room_for_costs_no_row_its_insert()
    {
        await using var database = await server.CreateDatabaseAsync(Token);
        await database.RunAsync("CREATE TABLE repositories (id text PRIMARY KEY, git_url text, branch text, status text)", Token);
        await database.MigrateAsync(Token, Declare);

        Assert.Equal(1, await database.RunAsync("INSERT INTO repositories (id) VALUES (repeat('k', 2500))", Token));
    }

    private static Task<long> CountAsync(PostgresDatabase database) =>
        database.ReadAsync<long>(
            "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'repositories'::regclass AND tgname LIKE 'coderepo_row%' AND tgenabled = 'O'",
            Token
        );

    private static Task<long> JournalAsync(PostgresDatabase database) =>
        database.ReadAsync<long>("SELECT count(*) FROM coderepo_migrations", Token);

    private async Task<PostgresDatabase> CreateAsync()
    {
        var database = await server.CreateDatabaseAsync(Token);
        await database.RunAsync(PostgresDatabase.OriginalSchema, Token);
        return database;
    }
}

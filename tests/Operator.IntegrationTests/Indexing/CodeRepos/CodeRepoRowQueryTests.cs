using CodeRepoOperator.Entities;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Remotes;
using k8s.Models;
using Npgsql;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>Rows are found in tables of all kinds, and cheaply.</summary>
public sealed class CodeRepoRowQueryTests(PostgresServer postgres)
{
    private const string Url = "https://git.example.com/team/hello.git";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("uuid", "'0f8fad5b-d9cb-469f-a165-70867728950e'", "0F8FAD5B-D9CB-469F-A165-70867728950E", "team/hello")]
    [InlineData("bigint", "9007199254740993", "9007199254740993", "9223372036854775808")]
    [InlineData("smallint", "7", "+7", "70000")]
    [InlineData("text", "'team/hello'", "team/hello", "Team/hello")]
    [InlineData("varchar(5)", "'hello'", "hello", "hello world")]
    [InlineData("char(8)", "'hello'", "hello", "hell")]
    [InlineData("numeric(10,2)", "1.50", "1.50", "one")]
    [InlineData("inet", "'10.0.0.1'", "10.0.0.1/32", "nowhere")]
    [InlineData("mood", "'happy'", "happy", "angry")]
    public async Task Keys_of_any_type_are_found_and_what_is_none_fails_nobody(string type, string key, string id, string none)
    {
        await using var database = await postgres.CreateDatabaseAsync(Token);
        await database.RunAsync(
            $"CREATE TYPE mood AS ENUM ('happy'); CREATE TABLE repositories (id {type} PRIMARY KEY, git_url text, branch text, status "
                + "text)",
            Token
        );
        await database.RunAsync($"INSERT INTO repositories VALUES ({key}, '{Url}', 'other', 'cloned')", Token);

        var matches = await MatchAsync(database, Wanted("is", id), Wanted("not", none), Wanted("neither", "\"; '%$1"));

        Assert.Single(matches.Of("is")!.Rows);
        Assert.Empty(matches.Of("not")!.Rows);
        Assert.Empty(matches.Of("neither")!.Rows);
    }

    [Theory]
    [InlineData("infinity", "'infinity'", null)]
    [InlineData("minus infinity", "'-infinity'", null)]
    [InlineData("a year that .NET does not know", "'294276-12-31'", null)]
    [InlineData("before Christ", "'0044-03-15 BC'", null)]
    [InlineData("none", "NULL", null)]
    [InlineData("a time", "'2026-01-02 03:04:05.999+00'", "2026-01-02T03:04:05")]
    public async Task Whatever_stands_for_a_time_is_read(string what, string started, string? expected)
    {
        await using var database = await postgres.CreateDatabaseAsync(Token);
        await database.RunAsync(
            "CREATE TABLE repositories (id int PRIMARY KEY, git_url text, branch text, status text, indexing_started_at timestamptz)",
            Token
        );
        await database.RunAsync($"INSERT INTO repositories VALUES (1, '{Url}', 'main', 'cloned', {started})", Token);

        var row = (await MatchAsync(database, Wanted("is", id: null))).Of("is")!.Rows.Single();

        Assert.Equal(
            (what, expected),
            (what, row.StartedAt?.ToString("yyyy-MM-dd'T'HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture))
        );
    }

    [Fact]
    public async Task A_table_with_odd_columns_is_read_as_far_as_it_goes()
    {
        await using var database = await postgres.CreateDatabaseAsync(Token);
        await database.RunAsync(
            """
            CREATE TYPE state AS ENUM ('indexing', 'error');
            CREATE TABLE repositories (id int, git_url varchar(200), status state, indexing_started_at text, indexing_resets text);
            INSERT INTO repositories VALUES (1, 'https://git.example.com/team/hello.git', 'error', 'yesterday', 'many'), (2, NULL, NULL, NULL, NULL),
              (NULL, 'https://git.example.com/team/hello.git', NULL, NULL, NULL);
            """,
            Token
        );

        var row = (await MatchAsync(database, Wanted("is", id: null), Wanted("none", "2"))).Of("is")!.Rows.Single();

        Assert.Equal(("1", "error", null, null, null), (row.Key, row.Status, row.StartedAt, row.Resets, row.Branch));
    }

    [Fact]
    public async Task A_status_is_reported_in_so_many_letters_and_an_empty_one_not_at_all()
    {
        await using var database = await postgres.CreateDatabaseAsync(Token);
        await database.RunAsync("CREATE TABLE repositories (id int PRIMARY KEY, git_url text, branch text, status text)", Token);
        await database.RunAsync(
            $"INSERT INTO repositories VALUES (1, '{Url}', 'main', ''), (2, '{Url}', 'main', repeat('x', 5000))",
            Token
        );

        var rows = (await MatchAsync(database, Wanted("is", id: null))).Of("is")!.Rows;

        Assert.Equal([null, 100], rows.OrderBy(row => row.Key, StringComparer.Ordinal).Select(row => row.Status?.Length));
    }

    [Fact]
    public async Task Thousands_of_CodeRepos_are_matched_by_the_index()
    {
        const int Repos = 3_000;
        await using var database = await postgres.CreateDatabaseAsync(Token);
        await database.RunAsync(
            """
            CREATE TABLE repositories (id bigint PRIMARY KEY, git_url text, branch text, status text);
            INSERT INTO repositories SELECT i, 'https://git.example.com/Team/repo-' || i || '.git', 'main', 'cloned' FROM generate_series(1, 300000) i;
            CREATE INDEX ON repositories (lower(git_url));
            ANALYZE repositories;
            """,
            Token
        );
        var wanted = Enumerable
            .Range(1, Repos)
            .Select(i => Wanted($"{i}", i % 3 == 0 ? $"{i}" : null, $"https://git.example.com/Team/repo-{i}"))
            .ToArray();

        await database.RunAsync("SELECT pg_stat_force_next_flush()", Token);
        var before = await database.ReadAsync<long>("SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'repositories'", Token);
        var matches = await MatchAsync(database, wanted);

        Assert.All(wanted, one => Assert.Single(matches.Of(one.Uid)!.Rows));
        await Eventually.HoldsAsync(
            "the table was looked at by its indexes alone",
            async token =>
                await database.ReadAsync<long>("SELECT idx_scan FROM pg_stat_user_tables WHERE relname = 'repositories'", token) >= 2,
            RowsFixture.Soon,
            Token
        );
        Assert.Equal(
            before,
            await database.ReadAsync<long>("SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'repositories'", Token)
        );
    }

    [Fact]
    public async Task A_row_is_found_however_its_URL_is_spelled_as_long_as_it_is_spelled_alike()
    {
        var taken = GitUrlCases.Taken.ToList();
        await using var database = await postgres.CreateDatabaseAsync(Token);
        await database.RunAsync("CREATE TABLE repositories (id int PRIMARY KEY, git_url text, branch text, status text)", Token);
        await database.RunAsync(
            "INSERT INTO repositories VALUES "
                + string.Join(
                    ", ",
                    GitUrlCases.All.Select(
                        (one, key) => $"({key}, '{one.Url.Replace("'", "''", StringComparison.Ordinal)}', 'main', 'cloned')"
                    )
                ),
            Token
        );

        var matches = await MatchAsync(database, [.. taken.Select(one => Wanted(one.Url, id: null, one.Url))]);

        Assert.All(taken, one => Assert.Contains(one.Url, matches.Of(one.Url)!.Rows.Select(row => row.Url)));
        Assert.All(taken, one =>
            Assert.Subset(
                taken.Where(other => other.Identity == one.Identity).Select(other => other.Url).ToHashSet(StringComparer.Ordinal),
                matches.Of(one.Url)!.Rows.Select(row => row.Url).ToHashSet(StringComparer.Ordinal)
            )
        );
    }

    [Fact]
    public async Task A_table_that_is_locked_is_not_waited_for_for_ever()
    {
        await using var database = await postgres.CreateDatabaseAsync(Token);
        await database.RunAsync("CREATE TABLE repositories (id int PRIMARY KEY, git_url text, branch text, status text)", Token);
        await using var other = await database.Source.OpenConnectionAsync(Token);
        await using var transaction = await other.BeginTransactionAsync(Token);
        await using (var command = new NpgsqlCommand("LOCK TABLE repositories", other))
        {
            await command.ExecuteNonQueryAsync(Token);
        }

        var refused = await Assert.ThrowsAsync<PostgresException>(() =>
            MatchAsync(database, new IndexingOptions { LockTimeout = TimeSpan.FromMilliseconds(50) }, Wanted("is", id: null))
        );

        Assert.Equal(PostgresErrorCodes.LockNotAvailable, refused.SqlState);
    }

    private static Task<RowOwners> MatchAsync(PostgresDatabase database, params DesiredRow[] wanted) =>
        MatchAsync(database, new IndexingOptions(), wanted);

    private static async Task<RowOwners> MatchAsync(PostgresDatabase database, IndexingOptions options, params DesiredRow[] wanted)
    {
        await using var connection = await database.Source.OpenConnectionAsync(Token);
        var columns = await ColumnProbe.ReadAsync(connection, options.AllTargets[0], Token);
        return await new CodeRepoRowQuery(options.AllTargets[0], columns!, options).MatchAsync(connection, wanted, Token);
    }

    private static DesiredRow Wanted(string uid, string? id, string url = Url) =>
        DesiredRow.Of(
            new CodeRepo
            {
                Metadata = new V1ObjectMeta { Uid = uid },
                Spec = new CodeRepoSpec
                {
                    GitUrl = url,
                    Branch = "main",
                    Indexing = new CodeRepoIndexing { Id = id },
                },
                Status = new CodeRepoStatus
                {
                    Branch = "main",
                    Origin = new CodeRepoOrigin { Url = url, Access = CloneAccess.Secret },
                    Conditions = [new V1Condition { Type = ConditionTypes.CloneAvailable, Status = "True" }],
                },
            },
            new IndexingOptions()
        );
}

using CodeRepoOperator.Indexing.Tables;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>The directory that a row names follows the clone.</summary>
public sealed class LocalPathKeeperTests(KubeApiServer cluster, PostgresServer postgres)
{
    private static readonly IndexingTarget Target = new() { LocalPath = "local_path" };

    private readonly RecordingLogger<LocalPathWriter> _log = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_row_names_the_clone_soon_after_it_was_published()
    {
        await using var fixture = await RowsFixture.StartAsync(cluster, postgres, file => Options(file, TimeSpan.FromHours(1)));
        var (own, other) = (await fixture.AddRowAsync(), await fixture.AddRowAsync(branch: "dev"));
        await fixture.Database.RunAsync("UPDATE repositories SET local_path = '/tmp/repos/hello'", Token);
        var repo = await fixture.AddAsync();
        using var keeper = await StartAsync(fixture);

        await fixture.PublishAsync(repo);

        await SeeAsync(fixture, own, "/code/hello");
        Assert.Equal("/tmp/repos/hello", await PathAsync(fixture, other));
        await Eventually.True(() => _log.Entries.Count > 0, RowsFixture.Soon, Token);
        Assert.Single(_log.Entries);

        // An update of the clone changes no directory, and writes nothing.
        var version = await fixture.Database.ReadAsync<uint>("SELECT xmin FROM repositories WHERE id = $1", Token, Guid.Parse(own));
        await fixture.PublishAsync(repo);
        await fixture.AddAsync("other", one => one.Spec.Branch = "dev");
        await fixture.PublishAsync((await fixture.GetAsync("other")), "other");
        await SeeAsync(fixture, other, "/code/other");
        Assert.Equal(
            version,
            await fixture.Database.ReadAsync<uint>("SELECT xmin FROM repositories WHERE id = $1", Token, Guid.Parse(own))
        );
        await keeper.StopAsync(Token);
    }

    [Fact]
    public async Task A_row_that_comes_later_or_is_changed_or_locked_is_written_by_and_by()
    {
        await using var fixture = await RowsFixture.StartAsync(cluster, postgres, file => Options(file, TimeSpan.FromMilliseconds(100)));
        var repo = await fixture.AddAsync();
        await fixture.PublishAsync(repo);
        using var keeper = await StartAsync(fixture);
        await using (var other = await fixture.Database.Source.OpenConnectionAsync(Token))
        {
            var (locked, free) = (await fixture.AddRowAsync(), "");
            await using var transaction = await other.BeginTransactionAsync(Token);
            await using (
                var command = new NpgsqlCommand("UPDATE repositories SET status = 'indexing' WHERE id = $1", other)
                {
                    Parameters = { new() { Value = Guid.Parse(locked) } },
                }
            )
            {
                await command.ExecuteNonQueryAsync(Token);
            }

            await fixture.Database.RunAsync("SELECT 1", Token);
            free = await fixture.AddRowAsync();
            await SeeAsync(fixture, free, "/code/hello");
            await fixture.Database.RunAsync("UPDATE repositories SET local_path = 'lost' WHERE id = $1", Token, Guid.Parse(free));
            await SeeAsync(fixture, free, "/code/hello");
            await transaction.CommitAsync(Token);
            await SeeAsync(fixture, locked, "/code/hello");
        }

        Assert.DoesNotContain(_log.Entries, entry => entry.Level >= LogLevel.Warning);
        await keeper.StopAsync(Token);
    }

    [Fact]
    public async Task What_hinders_it_is_reported_once_and_what_it_makes_up_for_too()
    {
        await using var fixture = await RowsFixture.StartAsync(cluster, postgres, file => Options(file, TimeSpan.FromMilliseconds(50)));
        var row = await fixture.AddRowAsync();
        await fixture.PublishAsync(await fixture.AddAsync());
        await fixture.Database.RunAsync("ALTER TABLE repositories RENAME local_path TO elsewhere", Token);
        using var keeper = await StartAsync(fixture);
        await Eventually.True(() => _log.Entries.Count > 0, RowsFixture.Soon, Token);
        await Eventually.HoldsAsync(
            "it has tried some more",
            async token =>
                await fixture.Database.ReadAsync<long>("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()", token)
                > 30,
            RowsFixture.Soon,
            Token
        );
        Assert.Contains("migrate, or correct Indexing:Targets", Assert.Single(_log.Entries).Text, StringComparison.Ordinal);

        await fixture.Database.RunAsync("ALTER TABLE repositories RENAME elsewhere TO local_path", Token);

        await SeeAsync(fixture, row, "/code/hello");
        await Eventually.True(
            () => _log.Entries.Any(entry => entry.Text == "local_path of repositories is kept again"),
            RowsFixture.Soon,
            Token
        );
        await keeper.StopAsync(Token);
    }

    [Theory]
    [InlineData("P0001")]
    [InlineData("57P01")]
    public async Task A_row_that_can_not_be_changed_keeps_no_other_from_being_written(string code)
    {
        await using var fixture = await RowsFixture.StartAsync(cluster, postgres, file => Options(file, TimeSpan.FromMilliseconds(50)));
        var rows = new List<string>();
        for (var i = 0; i < 30; i++)
        {
            rows.Add(await fixture.AddRowAsync());
        }

        await fixture.PublishAsync(await fixture.AddAsync());
        await fixture.Database.RunAsync(
            $"""
            CREATE FUNCTION bad() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{code}'; END $$;
            CREATE TRIGGER bad BEFORE UPDATE ON repositories FOR EACH ROW WHEN (OLD.id = '{rows[7]}') EXECUTE FUNCTION bad();
            """,
            Token
        );
        using var keeper = await StartAsync(fixture);

        foreach (var row in rows.Where(row => row != rows[7]))
        {
            await SeeAsync(fixture, row, "/code/hello");
        }

        Assert.Null(await PathAsync(fixture, rows[7]));
        await Eventually.True(() => _log.Entries.Any(entry => entry.Level == LogLevel.Warning), RowsFixture.Soon, Token);
        var warning = Assert.Single(_log.Entries, entry => entry.Level == LogLevel.Warning).Text;
        Assert.Contains($"1 rows can't be changed. {rows[7]}: ", warning, StringComparison.Ordinal);
        await fixture.Database.RunAsync("DROP TRIGGER bad ON repositories", Token);
        await SeeAsync(fixture, rows[7], "/code/hello");
        await Eventually.True(
            () => _log.Entries.Any(entry => entry.Text.EndsWith("kept again", StringComparison.Ordinal)),
            RowsFixture.Soon,
            Token
        );
        await keeper.StopAsync(Token);
    }

    private static IndexingOptions Options(string file, TimeSpan interval) =>
        new()
        {
            ConnectionFile = file,
            Targets = [Target],
            SweepInterval = interval,
        };

    private static Task<string?> PathAsync(RowsFixture fixture, string key) =>
        fixture.Database.ReadAsync<string>("SELECT local_path FROM repositories WHERE id = $1", Token, Guid.Parse(key));

    private static Task<string?> SeeAsync(RowsFixture fixture, string key, string path) =>
        Eventually.SeeAsync($"the row names {path}", _ => PathAsync(fixture, key), found => found == path, RowsFixture.Soon, Token);

    private async Task<LocalPathKeeper> StartAsync(RowsFixture fixture)
    {
        var keeper = new LocalPathKeeper(
            fixture.Informer,
            fixture.Cache,
            fixture.Reporter,
            new LocalPathWriter(fixture.Connections, fixture.Settings, _log),
            fixture.Settings,
            TimeProvider.System
        );
        await keeper.StartAsync(Token);
        return keeper;
    }
}

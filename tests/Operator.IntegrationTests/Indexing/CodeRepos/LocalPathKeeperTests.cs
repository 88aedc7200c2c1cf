using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Machinery;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>The folder that a row names follows the clone.</summary>
public sealed class LocalPathKeeperTests(KubeApiServer cluster, PostgresServer postgres)
{
    private static readonly IndexingTarget Target = new() { LocalPath = "local_path" };

    private readonly RecordingLogger<LocalPathKeeper> _log = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_row_names_the_clone_soon_after_it_was_published()
    {
        await using var bench = await RowsBench.StartAsync(cluster, postgres, file => Options(file, TimeSpan.FromHours(1)));
        var (own, other) = (await bench.AddRowAsync(), await bench.AddRowAsync(branch: "dev"));
        await bench.Database.RunAsync("UPDATE repositories SET local_path = '/tmp/repos/hello'", Token);
        var repo = await bench.AddAsync();
        using var keeper = await StartAsync(bench);

        await bench.PublishAsync(repo);

        await SeeAsync(bench, own, "/code/hello");
        Assert.Equal("/tmp/repos/hello", await PathAsync(bench, other));
        Assert.Single(_log.Entries);

        // An update of the clone changes no folder, and writes nothing.
        var version = await bench.Database.ReadAsync<uint>("SELECT xmin FROM repositories WHERE id = $1", Token, Guid.Parse(own));
        await bench.PublishAsync(repo);
        await bench.AddAsync("other", one => one.Spec.Branch = "dev");
        await bench.PublishAsync((await bench.GetAsync("other")), "other");
        await SeeAsync(bench, other, "/code/other");
        Assert.Equal(version, await bench.Database.ReadAsync<uint>("SELECT xmin FROM repositories WHERE id = $1", Token, Guid.Parse(own)));
        await keeper.StopAsync(Token);
    }

    [Fact]
    public async Task A_row_that_comes_later_or_is_changed_or_locked_is_written_by_and_by()
    {
        await using var bench = await RowsBench.StartAsync(cluster, postgres, file => Options(file, TimeSpan.FromMilliseconds(100)));
        var repo = await bench.AddAsync();
        await bench.PublishAsync(repo);
        using var keeper = await StartAsync(bench);
        await using (var other = await bench.Database.Source.OpenConnectionAsync(Token))
        {
            var (locked, free) = (await bench.AddRowAsync(), "");
            await using var transaction = await other.BeginTransactionAsync(Token);
            await using (var command = new NpgsqlCommand("UPDATE repositories SET status = 'indexing' WHERE id = $1", other) { Parameters = { new() { Value = Guid.Parse(locked) } } })
            {
                await command.ExecuteNonQueryAsync(Token);
            }

            await bench.Database.RunAsync("SELECT 1", Token);
            free = await bench.AddRowAsync();
            await SeeAsync(bench, free, "/code/hello");
            await bench.Database.RunAsync("UPDATE repositories SET local_path = 'lost' WHERE id = $1", Token, Guid.Parse(free));
            await SeeAsync(bench, free, "/code/hello");
            await transaction.CommitAsync(Token);
            await SeeAsync(bench, locked, "/code/hello");
        }

        Assert.DoesNotContain(_log.Entries, entry => entry.Level >= LogLevel.Warning);
        await keeper.StopAsync(Token);
    }

    [Fact]
    public async Task What_hinders_it_is_told_once_and_what_it_makes_up_for_too()
    {
        await using var bench = await RowsBench.StartAsync(cluster, postgres, file => Options(file, TimeSpan.FromMilliseconds(50)));
        var row = await bench.AddRowAsync();
        await bench.PublishAsync(await bench.AddAsync());
        await bench.Database.RunAsync("ALTER TABLE repositories RENAME local_path TO elsewhere", Token);
        using var keeper = await StartAsync(bench);
        await Eventually.True(() => _log.Entries.Count > 0, RowsBench.Soon, Token);
        await Eventually.HoldsAsync(
            "it has tried some more",
            async token => await bench.Database.ReadAsync<long>("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()", token) > 30,
            RowsBench.Soon,
            Token);
        Assert.Contains("migrate, or correct Indexing:Targets", Assert.Single(_log.Entries).Text, StringComparison.Ordinal);

        await bench.Database.RunAsync("ALTER TABLE repositories RENAME elsewhere TO local_path", Token);

        await SeeAsync(bench, row, "/code/hello");
        await Eventually.True(() => _log.Entries.Any(entry => entry.Text == "local_path of repositories is kept again"), RowsBench.Soon, Token);
        await keeper.StopAsync(Token);
    }

    private static IndexingOptions Options(string file, TimeSpan interval) => new() { ConnectionFile = file, Targets = [Target], SweepInterval = interval };

    private static Task<string?> PathAsync(RowsBench bench, string key)
        => bench.Database.ReadAsync<string>("SELECT local_path FROM repositories WHERE id = $1", Token, Guid.Parse(key));

    private static Task<string?> SeeAsync(RowsBench bench, string key, string path)
        => Eventually.SeeAsync($"the row names {path}", _ => PathAsync(bench, key), found => found == path, RowsBench.Soon, Token);

    private async Task<LocalPathKeeper> StartAsync(RowsBench bench)
    {
        var keeper = new LocalPathKeeper(bench.Informer, bench.Cache, bench.Reporter, bench.Connections, bench.Settings, TimeProvider.System, _log);
        await keeper.StartAsync(Token);
        return keeper;
    }
}

using System.Security.Cryptography.X509Certificates;
using CodeRepoOperator.Indexing.Tables;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>Servers of their own, which are stopped, fail over, and speak TLS.</summary>
[Trait("Category", "Slow")]
public sealed class SweepOutageTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("stop")]
    [InlineData("kill")]
    public async Task A_server_that_goes_and_comes_back_is_reported_once_and_each_holder_has_its_whole_threshold_again(string order)
    {
        using var directory = new TemporaryDirectory();
        await using var postgres = await PostgresProcess.StartAsync(directory.Path, Token);
        await using var fixture = await IndexingFixture.CreateAsync(postgres);
        await fixture.AddStuckAsync(20);
        await fixture.Database.RunAsync("UPDATE repositories SET indexing_heartbeat_at = now()", Token);
        var sweeper = fixture.NewSweeper();
        Assert.Empty((await sweeper.SweepAsync()).Reset);

        await postgres.OrderAsync(order, Token);
        var away = new[] { await sweeper.SweepAsync(), await sweeper.SweepAsync(), await sweeper.SweepAsync() };
        await postgres.OrderAsync("start", Token);

        // As if it had been away for longer than the threshold, and no holder had come to send a heartbeat yet.
        fixture.Database.Source.Clear();
        await fixture.Database.RunAsync("UPDATE repositories SET indexing_heartbeat_at = now() - interval '31 minutes'", Token);
        var back = await sweeper.SweepAsync();
        var once = await fixture.SweepAsync();

        Assert.All(away, sweep => Assert.Equal(SweepOutcome.Failed, sweep.Outcome));
        Assert.Contains("can't be reached", away[2].Why, StringComparison.Ordinal);
        Assert.Equal((SweepOutcome.Swept, 0, 0), (back.Outcome, back.Reset.Count, once.Reset.Count));
        Assert.InRange(back.Grace!.Value, TimeSpan.FromMinutes(25), TimeSpan.FromMinutes(30));
        Assert.Equal(20, await fixture.CountAsync("indexing"));
        Assert.Equal(3, await sweeper.SweepsAsync("failed"));
        Assert.InRange(sweeper.Warnings.Count(warning => warning.StartsWith("Sweeping", StringComparison.Ordinal)), 1, 2);
        Assert.Single(sweeper.Infos, info => info.Contains("works again", StringComparison.Ordinal));

        // Silent for a whole threshold since the start, which is a short one here.
        var hasty = fixture.NewSweeper(file => new IndexingOptions { ConnectionFile = file, Threshold = TimeSpan.FromMilliseconds(1) });
        Assert.Equal(20, (await hasty.SweepAsync()).Reset.Count);
    }

    /// <summary>
    /// The pool still has connections to the old primary, which is gone, or takes no writes any more. The new one has run for longer than
    /// the threshold, but nobody could write to it.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_a_fail_over_the_next_sweep_finds_the_new_primary(bool oldOneStays)
    {
        using var directory = new TemporaryDirectory();
        using var copy = new TemporaryDirectory();
        await using var first = await PostgresProcess.StartAsync(directory.Path, Token);
        await using var fixture = await IndexingFixture.CreateAsync(first);
        await using var second = await StartStandbyAsync(first, copy.Path);
        await using var standby = NpgsqlDataSource.Create(
            $"Host=127.0.0.1;Port={second.Port};Username=postgres;Password=postgres;Database={fixture.Database.Name}"
        );
        var row = await fixture.AddStuckAsync();
        await Eventually.HoldsAsync(
            "the standby has the row",
            async token =>
                await standby
                    .CreateCommand("SELECT count(*) FROM repositories WHERE indexing_started_at < now() - interval '31 minutes'")
                    .ExecuteScalarAsync(token)
                    is 1L,
            Soon,
            Token
        );
        fixture.Connect(
            $"Host=127.0.0.1:{second.Port},127.0.0.1:{first.Port};Username=postgres;Password=postgres;Database={fixture.Database.Name}"
        );
        var time = new FakeTimeProvider();
        var threshold = TimeSpan.FromMilliseconds(1);
        var sweeper = fixture.NewSweeper(file => new IndexingOptions { ConnectionFile = file, Threshold = threshold }, time);
        Assert.Single((await sweeper.SweepAsync(dryRun: true)).Reset);
        await (oldOneStays ? FenceAsync(fixture.Database) : first.OrderAsync("kill", Token));
        var between = await sweeper.SweepAsync();

        await using (var promote = standby.CreateCommand("SELECT pg_promote()"))
        {
            Assert.Equal(true, await promote.ExecuteScalarAsync(Token));
        }

        var after = await sweeper.SweepAsync();
        time.Advance(2 * threshold);
        var later = await sweeper.SweepAsync();

        Assert.Equal((SweepOutcome.Failed, 0), (between.Outcome, between.Reset.Count));
        Assert.Contains(oldOneStays ? "separated by commas" : "can't be reached", between.Why, StringComparison.Ordinal);
        Assert.Equal((null, 0), (after.Why, after.Reset.Count));
        Assert.Equal((null, row.ToString()), (later.Why, Assert.Single(later.Reset).Key));
    }

    [Fact]
    public async Task With_VerifyFull_only_the_right_certificate_for_the_right_name_will_do()
    {
        using var directory = new TemporaryDirectory();
        using var certificate = TestCertificate.Create();
        using var another = TestCertificate.Create();
        var (own, key, ca, wrong) = (In("server.pem"), In("server.key"), In("ca.pem"), In("wrong.pem"));
        await File.WriteAllTextAsync(own, certificate.ExportCertificatePem(), Token);
        await File.WriteAllTextAsync(ca, certificate.ExportCertificatePem(), Token);
        await File.WriteAllTextAsync(wrong, another.ExportCertificatePem(), Token);
        using (var secret = certificate.GetECDsaPrivateKey()!)
        {
            await File.WriteAllTextAsync(key, secret.ExportPkcs8PrivateKeyPem(), Token);
        }

        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(key, UnixFileMode.UserRead);
        }
        await using var postgres = await PostgresProcess.StartAsync(
            directory.Path,
            Token,
            "ssl=on",
            $"ssl_cert_file={own}",
            $"ssl_key_file={key}"
        );
        await using var fixture = await IndexingFixture.CreateAsync(postgres);
        await fixture.AddStuckAsync();
        var hasty = fixture.NewSweeper(file => new IndexingOptions { ConnectionFile = file, Threshold = TimeSpan.FromMilliseconds(1) });

        foreach (var (host, root) in new[] { ("127.0.0.1", wrong), ("localhost", ca), ("127.0.0.1", In("missing.pem")) })
        {
            fixture.Connect(Text(host, root));
            var refused = await fixture.SweepAsync();
            Assert.Equal((SweepOutcome.Failed, 0), (refused.Outcome, refused.Reset.Count));
            Assert.Contains("Root Certificate", refused.Why, StringComparison.Ordinal);
        }

        fixture.Connect(Text("127.0.0.1", ca));
        var taken = await hasty.SweepAsync();
        Assert.Equal((null, 1), (taken.Why, taken.Reset.Count));

        string In(string file) => Path.Combine(directory.Path, file);
        string Text(string host, string root) =>
            $"Host={host};Port={postgres.Port};Username=postgres;Password=postgres;Database={fixture.Database.Name};SSL "
            + $"Mode=VerifyFull;Root Certificate={root}";
    }

    private static async Task<PostgresProcess> StartStandbyAsync(PostgresProcess primary, string directory)
    {
        var copied = await ProcessRunner.RunAsync(
            "pg_basebackup",
            [
                "--host=127.0.0.1",
                $"--port={primary.Port}",
                "--username=postgres",
                $"--pgdata={directory}/data",
                "--write-recovery-conf",
                "--checkpoint=fast",
                "--no-sync",
            ],
            new Dictionary<string, string> { ["PGPASSWORD"] = "postgres" },
            "",
            Token
        );
        copied.OutputOrThrow();
        return await PostgresProcess.StartAsync(directory, Token);
    }

    /// <summary>As an administrator keeps an old primary from taking writes.</summary>
    private static async Task FenceAsync(PostgresDatabase database)
    {
        await database.RunAsync("ALTER SYSTEM SET default_transaction_read_only = on", Token);
        await database.RunAsync("SELECT pg_reload_conf()", Token);
        await Eventually.HoldsAsync(
            "it takes no writes",
            async token => await database.ReadAsync<string>("SHOW default_transaction_read_only", token) == "on",
            Soon,
            Token
        );
    }
}

using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CodeRepoOperator.Indexing.Tables;

/// <summary>Why no connection is made, by a real server.</summary>
public sealed class ConnectFailureTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>As most providers have it. Without TLS the server says that it has no entry for this host: not the reason.</summary>
    [Fact]
    public async Task A_wrong_password_is_the_reason_also_where_the_server_wants_TLS()
    {
        using var directory = new TemporaryDirectory();
        using var certificate = TestCertificate.Create();
        var (own, key) = (Path.Combine(directory.Path, "server.pem"), Path.Combine(directory.Path, "server.key"));
        await File.WriteAllTextAsync(own, certificate.ExportCertificatePem(), Token);
        using (var secret = certificate.GetECDsaPrivateKey()!)
        {
            await File.WriteAllTextAsync(key, secret.ExportPkcs8PrivateKeyPem(), Token);
        }

        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(key, UnixFileMode.UserRead);
        }

        await using var server = await PostgresProcess.StartAsync(
            directory.Path,
            Token,
            "ssl=on",
            $"ssl_cert_file={own}",
            $"ssl_key_file={key}"
        );
        await using (var database = await PostgresDatabase.CreateAsync(server.Port, "app", Token))
        {
            await File.WriteAllTextAsync(
                Path.Combine(directory.Path, "data", "pg_hba.conf"),
                "hostssl all all 127.0.0.1/32 scram-sha-256\n",
                Token
            );
            await database.RunAsync("SELECT pg_reload_conf()", Token);
        }

        await Eventually.HoldsAsync(
            "the server has read its rules",
            async token =>
            {
                await using var plain = new NpgsqlConnection(
                    $"Host=127.0.0.1;Port={server.Port};Username=postgres;Password=postgres;SSL Mode=Disable;Pooling=false"
                );
                return (await Record.ExceptionAsync(() => plain.OpenAsync(token))) is PostgresException;
            },
            TimeSpan.FromSeconds(20),
            Token
        );
        var file = Path.Combine(directory.Path, "connection");
        await File.WriteAllTextAsync(file, $"host=127.0.0.1 port={server.Port} user=postgres password=wrong dbname=app", Token);
        await using var way = new IndexingDatabase(Options.Create(new IndexingOptions { ConnectionFile = file }));

        var refused = await Assert.ThrowsAnyAsync<NpgsqlException>(() => way.OpenAsync(Token));

        Assert.StartsWith("password authentication failed", DatabaseErrors.Describe(refused), StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, $"host=127.0.0.1 port={server.Port} user=postgres password=postgres dbname=app", Token);
        await using var connection = await way.OpenAsync(Token);
        Assert.NotEqual(0, connection.ProcessID);
    }
}

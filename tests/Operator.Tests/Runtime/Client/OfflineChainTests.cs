using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using CodeRepoOperator.Ensure;
using CodeRepoOperator.Hosting;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Http;
using k8s;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CodeRepoOperator.Runtime.Client;

/// <summary>
/// Whoever shows us a certificate has no request sent by it, in any of our TLS clients: a listener that it names must hear nothing.
/// </summary>
public sealed class OfflineChainTests : IAsyncLifetime
{
    private readonly DownloadTrap _trap = new();
    private readonly string _directory = Directory.CreateTempSubdirectory().FullName;
    private ChainOfThree? _chain;
    private TlsFront? _server;

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    private string Root => Path.Combine(_directory, "root.pem");

    public async ValueTask InitializeAsync()
    {
        _chain = new ChainOfThree(_trap.Address);
        _server = new TlsFront(_chain.Leaf);
        await File.WriteAllTextAsync(Root, _chain.Root.ExportCertificatePem(), Ended);
    }

    public async ValueTask DisposeAsync()
    {
        await _server!.DisposeAsync();
        await _trap.DisposeAsync();
        _chain!.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Without_a_policy_of_ours_the_listener_hears_it()
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, _server!.Port, Ended);
        await using var tls = new SslStream(tcp.GetStream());
        await Assert.ThrowsAsync<AuthenticationException>(() => tls.AuthenticateAsClientAsync("127.0.0.1"));
        Assert.True(_trap.Heard > 0);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task A_git_remote(bool ofAdministrator, bool ofCodeRepo)
    {
        var options = new GitOptions { PermittedNetworks = ["127.0.0.0/8"], TrustedCertificates = ofAdministrator ? Root : null };
        using var http = new GitHttp(
            options,
            new HostPolicy(Options.Create(options)),
            new WebProxy(),
            own: ofCodeRepo ? new GitCredentials { Authorities = await File.ReadAllTextAsync(Root, Ended) } : null
        );
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"https://127.0.0.1:{_server!.Port}/a/info/refs"));

        var failure = await Assert.ThrowsAsync<RemoteFailureException>(() => http.SendAsync(request, credentials: null, Ended));

        Assert.Contains("is not trusted", failure.Failure.Message, StringComparison.Ordinal);
        HeardNothing();
    }

    [Fact]
    public async Task The_API_server()
    {
        using var client = new ApiClient(
            new KubernetesClientConfiguration { Host = $"https://127.0.0.1:{_server!.Port}", SslCaCerts = [_chain!.Root] },
            TimeProvider.System
        );
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => client.Version.GetCodeAsync(Ended));
        HeardNothing();
    }

    [Fact]
    public async Task The_API_server_that_the_system_is_to_trust()
    {
        using var client = new ApiClient(
            new KubernetesClientConfiguration { Host = $"https://127.0.0.1:{_server!.Port}" },
            TimeProvider.System
        );
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => client.Version.GetCodeAsync(Ended));
        HeardNothing();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_Ensure_API(bool withAuthorities)
    {
        var token = Path.Combine(_directory, "token");
        await File.WriteAllTextAsync(token, "t", Ended);
        string[] authorities = withAuthorities ? ["--ca-file", Root] : [];
        string[] given =
        [
            "a/b",
            "--store",
            _directory,
            "--token-file",
            token,
            "--api",
            $"https://127.0.0.1:{_server!.Port}",
            .. authorities,
        ];
        Assert.True(EnsureArguments.TryRead(given, _ => null, out var arguments, out _));
        using var client = new EnsureClient(arguments!);
        Assert.IsType<EnsureResponse.Later>(await client.EnsureAsync(TimeSpan.FromSeconds(1), Ended));
        HeardNothing();
    }

    [Theory]
    [InlineData("SSL Mode=Require")]
    [InlineData("SSL Mode=VerifyFull")]
    [InlineData("SSL Mode=VerifyFull;Root Certificate=ROOT")]
    public async Task The_database(string mode)
    {
        await using var database = new IndexingDatabase(await SettingsAsync(mode.Replace("ROOT", Root, StringComparison.Ordinal)));
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => database.OpenAsync(Ended));
        HeardNothing();
    }

    [Fact]
    public async Task Revocation_of_the_database_s_certificate_is_not_asked_for()
    {
        await using var database = new IndexingDatabase(await SettingsAsync("SSL Mode=VerifyFull;Check Certificate Revocation=true"));
        var error = await Assert.ThrowsAsync<SetupException>(() => database.OpenAsync(Ended));
        Assert.Contains("Check Certificate Revocation", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, _server!.Handshakes);
    }

    private async Task<IOptions<IndexingOptions>> SettingsAsync(string more)
    {
        var file = Path.Combine(_directory, "connection");
        await File.WriteAllTextAsync(file, $"Host=127.0.0.1;Port={_server!.Port};Username=a;Password=b;Database=c;{more}", Ended);
        return Options.Create(new IndexingOptions { ConnectionFile = file });
    }

    private void HeardNothing()
    {
        Assert.True(_server!.Handshakes > 0);
        Assert.Equal(0, _trap.Heard);
    }
}

using System.Net;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Machinery;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Remotes.Ssh;

/// <summary>Remotes over SSH that are not cloned: who does not trust whom, and what users are told.</summary>
[Collection(nameof(SshRemotes))]
public sealed class SshRefusalTests(SshRemote remote) : IAsyncLifetime
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private int Port => remote.Server.Ports[SshRemote.Version2];

    public async ValueTask InitializeAsync()
    {
        if (!Directory.Exists(Path.Combine(remote.Root, SshRemote.Project)))
        {
            await (await remote.ProjectAsync(SshRemote.Project)).CommitAsync("a.txt", "one");
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Without_an_identity_it_is_said_where_one_belongs()
    {
        foreach (var credentials in new[] { null, new GitCredentials { Http = new HttpLogin("robot", "s3cret") } })
        {
            await SeeAsync(remote.Url(), credentials, Reasons.AuthenticationFailed, "name a Secret with them in spec.auth.secret");
        }
    }

    [Fact]
    public async Task A_key_that_the_server_does_not_know_is_named_by_its_fingerprint() => await SeeAsync(
        remote.Url(), remote.Credentials("stranger"), Reasons.AuthenticationFailed, $"({remote.Key("stranger").Fingerprint}): add its public key");

    [Theory]
    [InlineData("ed25519 encrypted", null, "there is no passphrase")]
    [InlineData("ed25519 encrypted", "battery staple", "can't be decrypted")]
    [InlineData("rsa encrypted", "battery staple", "can't be decrypted")]
    [InlineData("rsa PEM encrypted", null, "there is no passphrase")]
    [InlineData("rsa PEM encrypted", "battery staple", "can't be decrypted")]
    [InlineData("ecdsa PKCS8 encrypted", "battery staple", "can't be decrypted")]
    public async Task A_key_that_can_not_be_decrypted_says_so(string key, string? passphrase, string words) => await SeeAsync(
        remote.Url(), new GitCredentials { Ssh = new SshIdentity(remote.Key(key).Text, passphrase, remote.KnownHosts) }, Reasons.AuthenticationFailed, words);

    [Fact]
    public async Task A_host_is_known_by_its_line_alone()
    {
        var own = remote.HostKey("ed25519");
        var other = remote.Key("stranger").Public;

        await SeeAsync(remote.Url(), remote.Credentials(knownHosts: ""), Reasons.HostKeyMismatch, "does not have");
        await SeeAsync(remote.Url(), remote.Credentials(knownHosts: SshRemote.Line(Port, other)), Reasons.HostKeyMismatch, $"(ssh-ed25519 {own.Fingerprint})");
        await SeeAsync(remote.Url(), remote.Credentials(knownHosts: $"127.0.0.1 {own.Public}"), Reasons.HostKeyMismatch, $"'ssh-keyscan -p {Port} 127.0.0.1'");
        await SeeAsync(remote.Url(), remote.Credentials(knownHosts: remote.KnownHosts + $"@revoked * {own.Public}"), null, "");
        await SeeAsync(
            remote.Url(),
            remote.Credentials(knownHosts: SshRemote.Line(Port, own.Public) + $"@revoked * {own.Public}"),
            Reasons.HostKeyMismatch,
            "revoked");
    }

    [Fact]
    public async Task A_server_with_several_keys_shows_the_one_that_is_known()
    {
        foreach (var kind in SshRemote.Kinds)
        {
            await SeeAsync(remote.Url(), remote.Credentials(knownHosts: SshRemote.Line(Port, remote.HostKey(kind).Public)), null, "");
        }
    }

    [Fact]
    public async Task Hashed_lines_of_ssh_keygen_are_read()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "known_hosts");
        await File.WriteAllTextAsync(file, SshRemote.Line(Port, remote.HostKey("ed25519").Public), Token);
        var hashed = await ProcessRunner.RunAsync("ssh-keygen", ["-H", "-f", file], new Dictionary<string, string>(StringComparer.Ordinal), "", Token);
        Assert.True(hashed.ExitCode == 0, hashed.Error);
        var text = await File.ReadAllTextAsync(file, Token);

        Assert.StartsWith("|1|", text, StringComparison.Ordinal);
        await SeeAsync(remote.Url(), remote.Credentials(knownHosts: text), null, "");
    }

    [Fact]
    public async Task What_is_missing_there_is_said_in_the_servers_words()
    {
        await SeeAsync(remote.Url(name: "gone.git"), remote.Credentials(), Reasons.RepositoryNotFound, "does not appear to be a git repository");
        await SeeAsync(remote.Url(SshRemote.GitHub), remote.Credentials(), Reasons.RepositoryNotFound, "ERROR: Repository not found.");
    }

    [Fact]
    public async Task Only_addresses_that_are_permitted_are_connected_to()
    {
        const string Name = "git.rebound.test";
        const string Denied = "127.6.0.1";
        using var trap = new System.Net.Sockets.TcpListener(IPAddress.Parse(Denied), Port);
        trap.Start();
        var settings = new GitOptions { PermittedNetworks = ["127.0.0.0/8"], DeniedNetworks = ["127.6.0.0/16"] };
        var url = GitUrl.Parse(remote.Url().ToString().Replace("127.0.0.1", Name, StringComparison.Ordinal)).Value!;
        var identity = new SshIdentity(remote.Key("ed25519").Text, null, $"[{Name}]:{Port} {remote.HostKey("ed25519").Public}");

        Assert.Equal(Reasons.HostNotAllowed, await ReasonAsync(Denied));
        Assert.Null(await ReasonAsync(Denied, "127.0.0.1"));
        Assert.Equal(Reasons.Unreachable, await ReasonAsync());
        Assert.False(trap.Pending());

        async Task<string?> ReasonAsync(params string[] addresses)
        {
            var ssh = new GitSsh(settings, new HostPolicy(Options.Create(settings)), (_, _) => Task.FromResult<IPAddress[]>([.. addresses.Select(IPAddress.Parse)]));
            try
            {
                await using var way = await ssh.OpenAsync(url, identity, Token);
                return null;
            }
            catch (RemoteFailureException e)
            {
                return e.Failure.Reason;
            }
        }
    }

    [Fact]
    public async Task A_port_where_nobody_listens_is_unreachable()
    {
        var url = GitUrl.Parse("ssh://git@127.0.0.1:1/x.git").Value!;
        await SeeAsync(url, remote.Credentials(), Reasons.Unreachable, "refused the connection");
    }

    // The operator by itself, and the worker.
    private async Task SeeAsync(GitUrl url, GitCredentials? credentials, string? reason, string words)
    {
        var lookUp = (await remote.Remote.LookUpAsync(url, null, credentials, Token)).Failure;
        var order = new CloneOrder(url, new RemoteHead("main", ""), 1, remote.NewFolder(), Credentials: credentials);
        var clone = (await remote.Remote.CloneAsync(order, Token)).Failure;
        foreach (var failure in new[] { lookUp, clone })
        {
            Assert.True(failure?.Reason == reason, $"{failure?.Reason}: {failure?.Message}");
            Assert.Contains(words, failure?.Message ?? "", StringComparison.Ordinal);
            Assert.InRange(failure?.Message.Length ?? 1, 1, 600);
            Assert.All(credentials?.Secrets ?? [], secret => Assert.DoesNotContain(secret, failure?.Message ?? "", StringComparison.Ordinal));
        }
    }
}

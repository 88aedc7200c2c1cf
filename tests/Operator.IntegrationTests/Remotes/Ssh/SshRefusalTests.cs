using System.Net;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Remotes.Worker;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Remotes.Ssh;

/// <summary>Remotes over SSH that are not cloned: who does not trust whom, and what users are reported.</summary>
[Collection(nameof(SshRemotes))]
[Trait("Category", "Slow")]
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
        foreach (
            var credentials in new[]
            {
                null,
                new GitCredentials { Http = new HttpLogin("robot", "s3cret") },
            }
        )
        {
            await SeeAsync(remote.Url(), credentials, Reasons.AuthenticationFailed, "name a Secret with them in spec.auth.secret");
        }
    }

    [Fact]
    public async Task A_key_that_the_server_does_not_know_is_named_by_its_fingerprint() =>
        await SeeAsync(
            remote.Url(),
            remote.Credentials("stranger"),
            Reasons.AuthenticationFailed,
            $"({remote.Key("stranger").Fingerprint}): add its public key"
        );

    [Theory]
    [InlineData("ed25519 encrypted", null, "there is no passphrase")]
    [InlineData("ed25519 encrypted", "battery staple", "can't be decrypted")]
    [InlineData("rsa encrypted", "battery staple", "can't be decrypted")]
    [InlineData("rsa PEM encrypted", null, "there is no passphrase")]
    [InlineData("rsa PEM encrypted", "battery staple", "can't be decrypted")]
    [InlineData("ecdsa PKCS8 encrypted", "battery staple", "can't be decrypted")]
    public async Task A_key_that_can_not_be_decrypted_says_so(string key, string? passphrase, string words) =>
        await SeeAsync(
            remote.Url(),
            new GitCredentials { Ssh = new SshIdentity(remote.Key(key).Text, passphrase, remote.KnownHosts) },
            Reasons.AuthenticationFailed,
            words
        );

    [Fact]
    public async Task A_host_is_known_by_its_line_alone()
    {
        var own = remote.HostKey("ed25519");
        var other = remote.Key("stranger").Public;

        await SeeAsync(remote.Url(), remote.Credentials(knownHosts: ""), Reasons.HostKeyMismatch, "does not have");
        await SeeAsync(
            remote.Url(),
            remote.Credentials(knownHosts: SshRemote.Line(Port, other)),
            Reasons.HostKeyMismatch,
            $"(ssh-ed25519 {own.Fingerprint})"
        );
        await SeeAsync(
            remote.Url(),
            remote.Credentials(knownHosts: $"127.0.0.2 {own.Public}"),
            Reasons.HostKeyMismatch,
            $"'ssh-keyscan -p {Port} 127.0.0.1'"
        );
        await SeeAsync(remote.Url(), remote.Credentials(knownHosts: remote.KnownHosts + $"@revoked * {own.Public}"), null, "");
        await SeeAsync(
            remote.Url(),
            remote.Credentials(knownHosts: SshRemote.Line(Port, own.Public) + $"@revoked * {own.Public}"),
            Reasons.HostKeyMismatch,
            "revoked"
        );
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
        using var directory = new TemporaryDirectory();
        var file = Path.Combine(directory.Path, "known_hosts");
        await File.WriteAllTextAsync(file, SshRemote.Line(Port, remote.HostKey("ed25519").Public), Token);
        var hashed = await ProcessRunner.RunAsync(
            "ssh-keygen",
            ["-H", "-f", file],
            new Dictionary<string, string>(StringComparer.Ordinal),
            "",
            Token
        );
        Assert.True(hashed.ExitCode == 0, hashed.Error);
        var text = await File.ReadAllTextAsync(file, Token);

        Assert.StartsWith("|1|", text, StringComparison.Ordinal);
        await SeeAsync(remote.Url(), remote.Credentials(knownHosts: text), null, "");
    }

    /// <summary>
    /// The server's own key is E, another one is X; P is its name with the port. ssh is set to ask for ed25519 alone, for
    /// it looks at no line without the port to choose what to ask for.
    /// </summary>
    [Theory]
    [InlineData(true, "P E")]
    [InlineData(true, "127.0.0.1 E")]
    [InlineData(true, "127.0.0.* E")]
    [InlineData(true, "* E")]
    [InlineData(true, "127.0.0.1 X", "127.0.0.1 E")]
    [InlineData(true, "@revoked P X", "127.0.0.1 E")]
    [InlineData(true, "@revoked 127.0.0.1 X", "127.0.0.1 E")]
    [InlineData(true, "@cert-authority P X", "127.0.0.1 E")]
    [InlineData(true, "[127.0.0.1]:1 X", "127.0.0.1 E")]
    [InlineData(true, "@revoked 127.0.0.1 E", "P E")]
    [InlineData(false, "127.0.0.1 X")]
    [InlineData(false, "P X", "127.0.0.1 E")]
    [InlineData(false, "@revoked P E", "127.0.0.1 E")]
    [InlineData(false, "@revoked 127.0.0.1 E", "127.0.0.1 E")]
    [InlineData(false, "@revoked P X", "P X", "127.0.0.1 E")]
    [InlineData(false, "127.0.0.*,!127.0.0.1 E")]
    [InlineData(false, "[127.0.0.1]:22 E")]
    [InlineData(false, "")]
    public async Task Ssh_accepts_the_same_lines(bool accepted, params string[] lines)
    {
        using var directory = new TemporaryDirectory();
        var file = Path.Combine(directory.Path, "known_hosts");
        var keys = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["E"] = remote.HostKey("ed25519").Public,
            ["X"] = remote.Key("stranger").Public,
        };
        var text = string.Concat(
            lines
                .Select(line => line.Split(' '))
                .Select(fields =>
                    string.Join(' ', fields.Select(field => field == "P" ? $"[127.0.0.1]:{Port}" : keys.GetValueOrDefault(field, field)))
                    + "\n"
                )
        );
        await File.WriteAllTextAsync(file, text, Token);

        var ssh = await ProcessRunner.RunAsync(
            "ssh",
            [
                "-F",
                "none",
                "-i",
                remote.Key("ed25519").Path,
                "-o",
                "BatchMode=yes",
                "-o",
                "StrictHostKeyChecking=yes",
                "-o",
                $"UserKnownHostsFile={file}",
                "-o",
                "GlobalKnownHostsFile=none",
                "-o",
                "HostKeyAlgorithms=ssh-ed25519",
                "-p",
                $"{Port}",
                $"{Environment.UserName}@127.0.0.1",
                "true",
            ],
            new Dictionary<string, string>(StringComparer.Ordinal),
            "",
            Token
        );
        var ours = await remote.PollAsync(remote.Url(), remote.Credentials(knownHosts: text));

        Assert.True(accepted == (ssh.ExitCode == 0), ssh.Error);
        Assert.True(accepted == ours.Succeeded, ours.Failure?.Message);
    }

    [Fact]
    public async Task An_address_that_is_dead_costs_next_to_nothing()
    {
        const string Name = "git.rebound.test";
        using var hole = new BlackHole("127.7.0.1", Port);
        var settings = new GitOptions { PermittedNetworks = ["127.0.0.0/8"] };
        var url = GitUrl.Parse(remote.Url().ToString().Replace("127.0.0.1", Name, StringComparison.Ordinal)).Value!;
        var identity = new SshIdentity(remote.Key("ed25519").Text, null, $"{Name} {remote.HostKey("ed25519").Public}");
        var ssh = new GitSsh(settings, new HostPolicy(Options.Create(settings)), (_, _) =>
            Task.FromResult<IPAddress[]>([IPAddress.Parse("127.7.0.1"), IPAddress.Loopback])
        );

        // Ends in a failure when it takes as long as Git:ConnectTimeout.
        await using var way = await ssh.OpenAsync(url, new GitCredentials { Ssh = identity }, Token);
    }

    [Theory]
    [InlineData("Ciphers aes256-cbc", "encryption", "aes256-cbc", "aes256-gcm@openssh.com", "Ciphers")]
    [InlineData(
        "KexAlgorithms diffie-hellman-group1-sha1",
        "key exchange",
        "diffie-hellman-group1-sha1",
        "curve25519-sha256",
        "KexAlgorithms"
    )]
    [InlineData("HostKeyAlgorithms ssh-rsa", "host key", "ssh-rsa", "rsa-sha2-512", "HostKeyAlgorithms")]
    [InlineData("Ciphers aes256-ctr;MACs hmac-sha1", "MAC", "hmac-sha1", "hmac-sha2-256", "MACs")]
    public async Task A_server_with_nothing_in_common_leads_to_what_to_offer(
        string settings,
        string what,
        string theirs,
        string ours,
        string setting
    )
    {
        await using var server = await SshServer.StartAsync(
            [new SshPort("old")],
            [.. SshRemote.Kinds.Select(kind => remote.HostKey(kind).Path)],
            remote.Key("ed25519").Path + ".pub",
            Token,
            settings.Split(';')
        );
        var url = GitUrl.Parse($"ssh://{Environment.UserName}@127.0.0.1:{server.Ports["old"]}{remote.Root}/{SshRemote.Project}").Value!;

        var failure = (await remote.PollAsync(url)).Failure!;

        Assert.Equal(Reasons.Unsupported, failure.Reason);
        Assert.All([what, theirs, ours, setting], word => Assert.Contains(word, failure.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("umac-64-etm@openssh.com")]
    [InlineData("umac-128-etm@openssh.com")]
    [InlineData("umac-64@openssh.com")]
    [InlineData("umac-128@openssh.com")]
    public async Task A_server_that_has_but_umac_is_cloned_from(string mac)
    {
        await using var server = await SshServer.StartAsync(
            [new SshPort("umac")],
            [.. SshRemote.Kinds.Select(kind => remote.HostKey(kind).Path)],
            remote.Key("ed25519").Path + ".pub",
            Token,
            ["Ciphers aes256-ctr", $"MACs {mac}"]
        );
        var url = GitUrl.Parse($"ssh://{Environment.UserName}@127.0.0.1:{server.Ports["umac"]}{remote.Root}/{SshRemote.Project}").Value!;
        var known = remote.Credentials(knownHosts: $"127.0.0.1 {remote.HostKey("ed25519").Public}");

        var tree = await remote.CloneAsync(url, remote.NewDirectory(), credentials: known);

        Assert.True(tree.Succeeded, tree.Failure?.Message);
    }

    [Fact]
    public async Task What_is_missing_there_is_said_in_the_servers_words()
    {
        await SeeAsync(
            remote.Url(name: "gone.git"),
            remote.Credentials(),
            Reasons.RepositoryNotFound,
            "does not appear to be a git repository"
        );
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
            var ssh = new GitSsh(settings, new HostPolicy(Options.Create(settings)), (_, _) =>
                Task.FromResult<IPAddress[]>([.. addresses.Select(IPAddress.Parse)])
            );
            try
            {
                await using var way = await ssh.OpenAsync(url, new GitCredentials { Ssh = identity }, Token);
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
        var poll = (await remote.Remote.PollAsync(url, new Revision.Head(), credentials, Token)).Failure;
        var order = new CloneOrder(url, new RemoteHead("main", ""), 1, remote.NewDirectory()) { Credentials = credentials };
        var clone = (await remote.Remote.CloneAsync(order, Token)).Failure;
        foreach (var failure in new[] { poll, clone })
        {
            Assert.True(failure?.Reason == reason, $"{failure?.Reason}: {failure?.Message}");
            Assert.Contains(words, failure?.Message ?? "", StringComparison.Ordinal);
            Assert.InRange(failure?.Message.Length ?? 1, 1, 600);
            Assert.All(credentials?.Secrets ?? [], secret =>
                Assert.DoesNotContain(secret, failure?.Message ?? "", StringComparison.Ordinal)
            );
        }
    }
}

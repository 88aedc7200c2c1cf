using System.Net;
using System.Text;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Protocol;
using CodeRepoOperator.Remotes.Proxies;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Timing;
using Renci.SshNet;

namespace CodeRepoOperator.Remotes.Ssh;

/// <summary>
/// SSH to remotes: every address judged by the <see cref="HostPolicy"/>, every host key by the known ones, no proxy but a CodeRepo's own,
/// no agent, no configuration of anybody's. Keys stay in memory.
/// </summary>
/// <param name="options">Time-outs.</param>
/// <param name="policy">Judges every address that is connected to.</param>
/// <param name="resolve">Looks a name's addresses up; null: as the system does.</param>
internal sealed class GitSsh(GitOptions options, HostPolicy policy, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
{
    // Asks for version 2; a server that does not let the variable through responds in version 0.
    private static readonly (string Name, string Value) ProtocolVersion = ("GIT_PROTOCOL", "version=2");

    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve = resolve ?? Dns.GetHostAddressesAsync;

    /// <summary>Connects, and has the remote run <c>git-upload-pack</c>.</summary>
    /// <exception cref="RemoteFailureException">There is no way to it.</exception>
    public async Task<IUploadPackTransport> OpenAsync(GitUrl url, GitCredentials? credentials, CancellationToken cancellationToken) =>
        new SshUploadPack(await StartAsync(url, credentials, SshAddress.Of(url).Command, cancellationToken));

    /// <summary>Connects, and has the remote run a program that asks nothing back.</summary>
    /// <param name="url">The repository.</param>
    /// <param name="credentials">Who asks; null, or without an identity: there is no way to it.</param>
    /// <param name="command">As the server reads it.</param>
    /// <param name="limit">How many bytes of what it prints are read.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RemoteFailureException">There is no way to it.</exception>
    public async Task<CommandAnswer> RunAsync(
        GitUrl url,
        GitCredentials? credentials,
        string command,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var session = await StartAsync(url, credentials, command, cancellationToken);
        using var timeout = new LinkedTimeout(options.ConnectTimeout, TimeProvider.System, cancellationToken);
        try
        {
            var output = new byte[limit];
            var length = await session.Output.ReadAtLeastAsync(output, limit, throwOnEndOfStream: false, timeout.Token);
            var exitCode = length < limit ? await session.ExitCodeAsync(timeout.Token) : null;
            return new CommandAnswer(Encoding.UTF8.GetString(output, 0, length), exitCode);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RemoteFailureException(SshFailure.NotInTime(url.Host));
        }
    }

    private async Task<SshSession> StartAsync(GitUrl url, GitCredentials? credentials, string command, CancellationToken cancellationToken)
    {
        if (credentials?.Ssh is not { } identity)
        {
            throw new RemoteFailureException(SshFailure.NoIdentity);
        }

        // A passphrase takes its time.
        var key = await Task.Run(() => SshKey.Read(identity), CancellationToken.None).WaitAsync(cancellationToken);
        return key.Succeeded
            ? await StartAsync(new Login(url, identity, key.Value, credentials.Proxy), command, cancellationToken)
            : throw new RemoteFailureException(key.Failure);
    }

    private async Task<SshSession> StartAsync(Login login, string command, CancellationToken cancellationToken)
    {
        using var timeout = new LinkedTimeout(ProxyTunnel.TimeoutFor(login.Proxy, options), TimeProvider.System, cancellationToken);
        try
        {
            var session = await (
                login.Proxy is { } proxy ? ConnectThroughAsync(proxy, login, timeout.Token) : ConnectAsync(login, timeout.Token)
            );
            try
            {
                await session.RunAsync(command, ProtocolVersion, timeout.Token);
                return session;
            }
            catch
            {
                await session.DisposeAsync();
                throw;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RemoteFailureException(SshFailure.NotInTime(login.Url.Host));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // What a server sends can make the library throw anything, and none of it is a bug of ours.
            throw new RemoteFailureException(SshFailure.Of(e, login.Url.Host, login.User, login.Key.Fingerprint), e);
        }
    }

    // The first server that says who it is has won: its verdict on the key is the host's, and is asked for once.
    private async Task<SshSession> ConnectAsync(Login login, CancellationToken cancellationToken) =>
        await AddressRace.RunAsync(
            policy.Allowed(login.Url.Host, await _resolve(login.Url.Host, cancellationToken)),
            (address, responded, ended) =>
                SshSession.ConnectAsync(ConnectionTo(address, login.Url.Port, login), login.Known.Judge, responded, ended),
            TimeProvider.System,
            cancellationToken
        );

    private async Task<SshSession> ConnectThroughAsync(RemoteProxy proxy, Login login, CancellationToken cancellationToken)
    {
        var tunnel = new ProxyTunnel(proxy, options, policy, _resolve);
        var relay = await TunnelRelay.StartAsync(await tunnel.OpenAsync(login.Url.Host, login.Url.Port, cancellationToken));
        try
        {
            var connection = ConnectionTo(relay.EndPoint.Address, relay.EndPoint.Port, login);
            return await SshSession.ConnectAsync(connection, login.Known.Judge, static () => { }, cancellationToken, relay);
        }
        catch
        {
            await relay.DisposeAsync();
            throw;
        }
    }

    // The address that was judged, not the name, which may lead elsewhere by now.
    private ConnectionInfo ConnectionTo(IPAddress address, int port, Login login)
    {
        var connection = new ConnectionInfo(address.ToString(), port, login.User, new PrivateKeyAuthenticationMethod(login.User, login.Key))
        {
            Timeout = options.ConnectTimeout,
        };
        SshAlgorithms.Restrict(connection, login.Known.Keys.Select(one => one.Kind));
        return connection;
    }

    /// <summary>Who logs in where.</summary>
    private sealed record Login(GitUrl Url, SshIdentity Identity, SshKey Key, RemoteProxy? Proxy)
    {
        public string User { get; } = SshAddress.Of(Url).User;

        public KnownHost Known { get; } = KnownHosts.Parse(Identity.KnownHosts).Of(Url.Host, Url.Port);
    }
}

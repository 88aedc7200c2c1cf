using System.Net;
using System.Text;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Protocol;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Timing;
using Renci.SshNet;

namespace CodeRepoOperator.Remotes.Ssh;

/// <summary>
/// SSH to remotes: every address judged by the <see cref="HostPolicy"/>, every host key by the known ones, no proxies, no agent, no
/// configuration of anybody's. Keys stay in memory.
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
    public async Task<IUploadPackTransport> OpenAsync(GitUrl url, SshIdentity? identity, CancellationToken cancellationToken) =>
        new SshUploadPack(await StartAsync(url, identity, SshAddress.Of(url).Command, cancellationToken));

    /// <summary>Connects, and has the remote run a program that asks nothing back.</summary>
    /// <param name="url">The repository.</param>
    /// <param name="identity">Who asks; null: there is no way to it.</param>
    /// <param name="command">As the server reads it.</param>
    /// <param name="limit">How many bytes of what it prints are read.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RemoteFailureException">There is no way to it.</exception>
    public async Task<CommandAnswer> RunAsync(
        GitUrl url,
        SshIdentity? identity,
        string command,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var session = await StartAsync(url, identity, command, cancellationToken);
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

    private async Task<SshSession> StartAsync(GitUrl url, SshIdentity? identity, string command, CancellationToken cancellationToken)
    {
        if (identity is null)
        {
            throw new RemoteFailureException(SshFailure.NoIdentity);
        }

        // A passphrase takes its time.
        var key = await Task.Run(() => SshKey.Read(identity), CancellationToken.None).WaitAsync(cancellationToken);
        return key.Succeeded
            ? await StartAsync(url, key.Value, KnownHosts.Parse(identity.KnownHosts).Of(url.Host, url.Port), command, cancellationToken)
            : throw new RemoteFailureException(key.Failure);
    }

    private async Task<SshSession> StartAsync(GitUrl url, SshKey key, KnownHost known, string command, CancellationToken cancellationToken)
    {
        var address = SshAddress.Of(url);
        using var timeout = new LinkedTimeout(options.ConnectTimeout, TimeProvider.System, cancellationToken);
        try
        {
            var session = await ConnectAsync(url, address.User, key, known, timeout.Token);
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
            throw new RemoteFailureException(SshFailure.NotInTime(url.Host));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // What a server sends can make the library throw anything, and none of it is a bug of ours.
            throw new RemoteFailureException(SshFailure.Of(e, url.Host, address.User, key.Fingerprint), e);
        }
    }

    // The first server that says who it is has won: its verdict on the key is the host's, and is asked for once.
    private async Task<SshSession> ConnectAsync(
        GitUrl url,
        string user,
        SshKey key,
        KnownHost known,
        CancellationToken cancellationToken
    ) =>
        await AddressRace.RunAsync(
            policy.Allowed(url.Host, await _resolve(url.Host, cancellationToken)),
            (address, responded, ended) =>
                SshSession.ConnectAsync(ConnectionTo(address, url.Port, user, key, known), known.Judge, responded, ended),
            TimeProvider.System,
            cancellationToken
        );

    // The address that was judged, not the name, which may lead elsewhere by now.
    private ConnectionInfo ConnectionTo(IPAddress address, int port, string user, SshKey key, KnownHost known)
    {
        var connection = new ConnectionInfo(address.ToString(), port, user, new PrivateKeyAuthenticationMethod(user, key))
        {
            Timeout = options.ConnectTimeout,
        };
        SshAlgorithms.Restrict(connection, known.Keys.Select(one => one.Kind));
        return connection;
    }
}

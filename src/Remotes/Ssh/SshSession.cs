using System.Text;
using CodeRepoOperator.Remotes.Failures;
using Renci.SshNet;
using Renci.SshNet.Common;

namespace CodeRepoOperator.Remotes.Ssh;

/// <summary>
/// One connection that runs one command. The library blocks threads where it waits; to cut the connection is what ends that, and is
/// done as soon as a token is cancelled.
/// </summary>
internal sealed class SshSession : IAsyncDisposable
{
    private readonly Session _session;
    private readonly IAsyncDisposable? _way;
    private readonly CommandOutput _output = new();
    private readonly CommandErrors _errors;
    private SshCommand? _command;
    private Stream? _input;
    private Task _running = Task.CompletedTask;

    private SshSession(Session session, IAsyncDisposable? way) =>
        (_session, _way, _errors) = (session, way, new CommandErrors(_output.Dispose));

    /// <summary>What the command prints.</summary>
    public Stream Output => _output.Reader;

    /// <summary>Whether the command has ended, or the connection broke.</summary>
    public bool HasEnded => _output.HasEnded;

    /// <summary>What the command wrote to its standard error so far: not fit to be shown.</summary>
    public string Errors => _errors.Text();

    /// <summary>Whether it wrote so much there that its output was ended.</summary>
    public bool ErrorsExceeded => _errors.IsExceeded;

    /// <summary>Connects and logs in.</summary>
    /// <param name="connection">Where to, and as whom.</param>
    /// <param name="judge">Judges the host's key; null: it is accepted.</param>
    /// <param name="responded">Called when the server has said that it speaks SSH.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="way">What leads there and ends with it; null: nothing but the network.</param>
    /// <exception cref="RemoteFailureException">The host's key was not accepted.</exception>
    /// <exception cref="SshException">Anything else, other types too: what a server sends can make the library throw whatever.</exception>
    public static async Task<SshSession> ConnectAsync(
        ConnectionInfo connection,
        Func<byte[], CloneFailure?> judge,
        Action responded,
        CancellationToken cancellationToken,
        IAsyncDisposable? way = null
    )
    {
        var session = SshNetInternals.NewSession(connection);
        SshNetInternals.WhenIdentified(session, (_, _) => responded());
        CloneFailure? refused = null;
        session.HostKeyReceived += (_, shown) =>
        {
            refused = judge(shown.HostKey);
            shown.CanTrust = refused is null;
        };
        var made = new SshSession(session, way);
        try
        {
            await made.WhileConnectedAsync(() => session.ConnectAsync(cancellationToken), cancellationToken);
            return session.IsConnected ? made : throw new SshConnectionException("The connection ended.");
        }
        catch (Exception e)
        {
            await made.DisposeAsync();
            throw refused is null || e is OperationCanceledException ? e : new RemoteFailureException(refused, e);
        }
    }

    /// <summary>Runs the command.</summary>
    /// <param name="text">As the server reads it.</param>
    /// <param name="variable">A variable of its environment; the server may leave it out.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task RunAsync(string text, (string Name, string Value) variable, CancellationToken cancellationToken) =>
        WhileConnectedAsync(
            () =>
            {
                _command = SshNetInternals.NewCommand(_session, text, Encoding.UTF8);
                SshNetInternals.SetOutput(_command, _output);
                SshNetInternals.SetErrors(_command, _errors);
                SshNetInternals.SendVariable(SshNetInternals.OpenChannel(_command), variable.Name, variable.Value);

                // The token cuts the connection; the library would ask the server first.
                _running = _command.ExecuteAsync(CancellationToken.None);
                return Task.CompletedTask;
            },
            cancellationToken
        );

    /// <summary>Writes to the command's standard input; what has ended takes it in silence.</summary>
    public Task WriteAsync(byte[] bytes, CancellationToken cancellationToken) =>
        WhileConnectedAsync(
            () =>
            {
                _input ??= InputOf(_command!);
                _input.Write(bytes);
                return Task.CompletedTask;
            },
            cancellationToken
        );

    /// <summary>The exit code of a command that <see cref="HasEnded"/>; null: it was killed, or the connection broke.</summary>
    public async Task<int?> ExitCodeAsync(CancellationToken cancellationToken)
    {
        // How it ended is known by its results.
        await _running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        return _command?.ExitStatus;
    }

    public async ValueTask DisposeAsync()
    {
        Cut();
        await Task.Run(() =>
        {
            _command?.Dispose();
            _session.Dispose();
            _output.Dispose();
        });
        if (_way is not null)
        {
            await _way.DisposeAsync();
        }
    }

    private static Stream InputOf(SshCommand command)
    {
        try
        {
            return command.CreateInputStream();
        }
        catch (InvalidOperationException)
        {
            // It ended before it was asked anything.
            return Stream.Null;
        }
    }

    private async Task WhileConnectedAsync(Func<Task> work, CancellationToken cancellationToken)
    {
        await using var cutting = cancellationToken.UnsafeRegister(session => ((SshSession)session!).Cut(), this);
        var working = Task.Run(work, CancellationToken.None);
        try
        {
            await working.WaitAsync(cancellationToken);
        }
        catch when (cancellationToken.IsCancellationRequested)
        {
            // Cut off, it ends within moments; only then may anything be disposed.
            await working.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw new OperationCanceledException(cancellationToken);
        }
    }

    private void Cut()
    {
        _output.Abandon();
        SshNetInternals.SocketOf(_session)?.Dispose();
    }
}

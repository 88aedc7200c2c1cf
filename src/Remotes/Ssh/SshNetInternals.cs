using System.Net.Sockets;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using Renci.SshNet;
using Renci.SshNet.Common;
using Renci.SshNet.Messages;
using Renci.SshNet.Messages.Connection;

namespace CodeRepoOperator.Remotes.Ssh;

/// <summary>
/// The parts of SSH.NET that it does not show, and without which it can't do the job: variables of the environment, output that
/// waits for its reader, a connection that can be cut while it is made. Made for the version that Directory.Packages.props
/// names; with another one that lacks any of them, each connection fails and with it the tests.
/// </summary>
internal static class SshNetInternals
{
    private const string Library = ", Renci.SshNet";

    /// <summary>A session apart from the client that hides it.</summary>
    public static Session NewSession(ConnectionInfo connection) => New(connection, NewServiceFactory(), NewSocketFactory());

    /// <summary>A command of a session; its channel is there and not open yet.</summary>
    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    public static extern SshCommand NewCommand(
        [UnsafeAccessorType("Renci.SshNet.ISession" + Library)] object session,
        string text,
        Encoding encoding
    );

    /// <summary>The connection; null: there is none yet, or no more.</summary>
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_socket")]
    public static extern ref Socket? SocketOf(Session session);

    /// <summary>Has it reported when the server has sent its identification, the first thing that it sends.</summary>
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "add_ServerIdentificationReceived")]
    public static extern void WhenIdentified(Session session, EventHandler<SshIdentificationEventArgs> reported);

    /// <summary>Opens the channel of a command, which does not open it again then.</summary>
    /// <param name="command">Not run yet.</param>
    /// <returns>The channel.</returns>
    public static object OpenChannel(SshCommand command)
    {
        var channel = typeof(SshCommand).GetField("_channel", BindingFlags.NonPublic | BindingFlags.Instance)?.GetValue(command)
            ?? throw new MissingFieldException(nameof(SshCommand), "_channel");
        Open(channel);
        return channel;
    }

    /// <summary>
    /// Asks for a variable in the environment of what is run next; most servers accept few or none. As OpenSSH does, without asking for a
    /// response: some servers (Gogs) never give one.
    /// </summary>
    public static void SendVariable(object channel, string name, string value)
    {
        var variable = (RequestInfo)NewVariable(name, value);
        SetWantReply(variable, false);
        SendMessage(channel, new ChannelRequestMessage(RemoteNumber(channel), variable));
    }

    /// <summary>
    /// Sets where a command's output goes; what writes there is the thread that reads the connection, so waiting there stops the sender.
    /// </summary>
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_OutputStream")]
    public static extern void SetOutput(SshCommand command, Stream output);

    /// <summary>The same for its standard error.</summary>
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_ExtendedOutputStream")]
    public static extern void SetErrors(SshCommand command, Stream errors);

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern Session New(
        ConnectionInfo connection,
        [UnsafeAccessorType("Renci.SshNet.IServiceFactory" + Library)] object services,
        [UnsafeAccessorType("Renci.SshNet.Connection.ISocketFactory" + Library)] object sockets
    );

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    [return: UnsafeAccessorType("Renci.SshNet.ServiceFactory" + Library)]
    private static extern object NewServiceFactory();

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    [return: UnsafeAccessorType("Renci.SshNet.Connection.SocketFactory" + Library)]
    private static extern object NewSocketFactory();

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    [return: UnsafeAccessorType("Renci.SshNet.Messages.Connection.EnvironmentVariableRequestInfo" + Library)]
    private static extern object NewVariable(string name, string value);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_WantReply")]
    private static extern void SetWantReply(RequestInfo request, bool desired);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_RemoteChannelNumber")]
    private static extern uint RemoteNumber([UnsafeAccessorType("Renci.SshNet.Channels.Channel" + Library)] object channel);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "SendMessage")]
    private static extern void SendMessage([UnsafeAccessorType("Renci.SshNet.Channels.Channel" + Library)] object channel, Message message);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "Open")]
    private static extern void Open([UnsafeAccessorType("Renci.SshNet.Channels.ChannelSession" + Library)] object channel);
}

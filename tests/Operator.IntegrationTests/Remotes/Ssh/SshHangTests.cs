using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Urls;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Remotes.Ssh;

/// <summary>Servers that stop wherever they can: whoever waits for them ends when asked to, and leaves nothing that is secret.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
[Collection(nameof(SshRemotes))]
public sealed class SshHangTests(SshRemote remote)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("")]
    [InlineData("SSH-2.0-Silent\r\n")]
    [InlineData("SSH-2.0-Half\r\n\0\0\u0001")]
    [InlineData("no ")]
    public async Task A_poll_ends_within_a_second_of_being_reported_to_wherever_the_server_stops(string says)
    {
        await using var server = new StoppingServer(says);
        var url = GitUrl.Parse($"ssh://git@127.0.0.1:{server.Port}/x.git").Value!;

        await SeeEndAsync(token => remote.PollAsync(url, token: token), () => server.Accepted > 0);
        await SeeEndAsync(token => remote.CloneAsync(url, remote.NewDirectory(), token: token), () => server.Accepted > 1);
    }

    [Fact]
    public async Task It_ends_after_the_login_too()
    {
        foreach (
            var work in new Func<CancellationToken, Task>[]
            {
                token => remote.PollAsync(remote.Url(SshRemote.Silent), token: token),
                token => remote.CloneAsync(remote.Url(SshRemote.Silent), remote.NewDirectory(), token: token),
            }
        )
        {
            var before = Logins();
            await SeeEndAsync(work, () => Logins() > before);
        }
    }

    [Fact]
    public async Task It_ends_in_the_middle_of_a_pack_and_no_secret_is_anywhere()
    {
        var project = await remote.ProjectAsync("large.git");
        await File.WriteAllBytesAsync(
            project.Path("noise.bin"),
            System.Security.Cryptography.RandomNumberGenerator.GetBytes(1_000_000),
            Token
        );
        await project.PushAsync();
        var credentials = remote.Credentials("rsa encrypted");
        var clone = remote.NewDirectory();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var url = remote.Url(SshRemote.StopsInPack, "large.git");
        var cloning = remote.CloneAsync(url, clone, credentials: credentials, token: cancel.Token);
        await Eventually.True(() => Directory.GetFiles(clone, "tmp_pack_*", SearchOption.AllDirectories).Length > 0, Deadline, Token);

        var worker = WorkerOf(url);
        var seen = new StringBuilder();
        foreach (var file in new[] { "cmdline", "environ", "mountinfo" })
        {
            seen.Append(await File.ReadAllTextAsync($"/proc/{worker}/{file}", Token));
        }

        // What it has open can be read by whoever may look there: pipes, the connection, and files of the clone.
        foreach (
            var open in Directory.GetFileSystemEntries($"/proc/{worker}/fd").Select(fd => new FileInfo(fd).LinkTarget).OfType<string>()
        )
        {
            seen.AppendLine(open);
            Assert.True(
                !File.Exists(open)
                    || open.StartsWith(clone, StringComparison.Ordinal)
                    || open.StartsWith("/dev/", StringComparison.Ordinal)
                    || open.StartsWith("/proc/", StringComparison.Ordinal)
                    || open.EndsWith(".so", StringComparison.Ordinal),
                $"The worker has {open} open."
            );
        }

        Assert.Empty(Directory.GetFiles($"/proc/{worker}/task/{worker}", "children").SelectMany(File.ReadAllText));
        foreach (var file in Directory.GetFiles(clone, "*", SearchOption.AllDirectories))
        {
            seen.Append(await File.ReadAllTextAsync(file, Encoding.Latin1, Token));
        }

        var started = TimeProvider.System.GetTimestamp();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cloning);
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(1));
        seen.AppendJoin('\n', remote.WorkerLog.Entries.Select(entry => entry.Text));
        Assert.All(credentials.Secrets, secret => Assert.DoesNotContain(secret, seen.ToString(), StringComparison.Ordinal));
        Assert.False(Directory.Exists($"/proc/{worker}"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("SSH-2.0-Silent\r\n")]
    public async Task A_server_that_does_not_come_to_the_point_in_time_is_unreachable(string says)
    {
        await using var server = new StoppingServer(says);
        var settings = new GitOptions { PermittedNetworks = ["127.0.0.0/8"], ConnectTimeout = TimeSpan.FromMilliseconds(300) };
        var ssh = new GitSsh(settings, new HostPolicy(Options.Create(settings)));
        var url = GitUrl.Parse($"ssh://git@127.0.0.1:{server.Port}/x.git").Value!;

        var failure = (await Assert.ThrowsAsync<RemoteFailureException>(() => ssh.OpenAsync(url, remote.Credentials(), Token))).Failure;

        Assert.Equal(Reasons.Unreachable, failure.Reason);
        Assert.Contains("within Git:ConnectTimeout", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n")]
    [InlineData("SSH-1.5-Old\r\n")]
    [InlineData("SSH-2.0-Noise\r\n\0\0\0\u000c\u0004\u0014noisenoise")]
    public async Task A_server_that_speaks_something_else_is_a_failure_with_what_to_do(string says)
    {
        await using var server = new StoppingServer(says, thenCloses: true);
        var url = GitUrl.Parse($"ssh://git@127.0.0.1:{server.Port}/x.git").Value!;

        var failure = (await remote.PollAsync(url)).Failure;

        Assert.True(failure?.Reason == Reasons.Unreachable, $"{failure?.Reason}: {failure?.Message}");
        Assert.Contains("check the URL's port", failure!.Message, StringComparison.Ordinal);
    }

    private static async Task SeeEndAsync(Func<CancellationToken, Task> work, Func<bool> isThere)
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var working = work(cancel.Token);
        await Eventually.True(isThere, Deadline, Token);
        var started = TimeProvider.System.GetTimestamp();

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => working);

        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    // Of the whole server: nobody else uses it meanwhile.
    private int Logins() => File.ReadAllText(remote.Server.LogFile).Split("Accepted publickey").Length - 1;

    private int WorkerOf(GitUrl url) =>
        int.Parse(
            remote.WorkerLog.Entries.Single(entry => entry.Text.EndsWith($"starts, for {url}", StringComparison.Ordinal)).Text.Split(' ')[
                2
            ],
            CultureInfo.InvariantCulture
        );

    /// <summary>Takes connections, says something, and then nothing.</summary>
    private sealed class StoppingServer : IAsyncDisposable
    {
        private readonly CancellationTokenSource _ended = new();
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly List<Socket> _connections = [];
        private readonly Task _serving;

        public StoppingServer(string says, bool thenCloses = false)
        {
            _listener.Start();
            _serving = ServeAsync(Encoding.Latin1.GetBytes(says), thenCloses);
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public int Accepted { get; private set; }

        public async ValueTask DisposeAsync()
        {
            await _ended.CancelAsync();
            await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _listener.Dispose();
            _connections.ForEach(connection => connection.Dispose());
            _ended.Dispose();
        }

        private async Task ServeAsync(byte[] says, bool thenCloses)
        {
            while (true)
            {
                var connection = await _listener.AcceptSocketAsync(_ended.Token);
                _connections.Add(connection);
                await connection.SendAsync(says, _ended.Token);
                if (thenCloses)
                {
                    connection.Shutdown(SocketShutdown.Send);
                }

                Accepted++;
            }
        }
    }
}

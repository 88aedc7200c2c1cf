using System.Diagnostics;
using System.Net.Sockets;
using CodeRepoOperator.Cloning.Store;

namespace CodeRepoOperator.Ensure;

/// <summary>The command on a volume that it may write to, without an operator or an API server.</summary>
[Trait("Category", "Slow")]
public sealed class OwnCloneTests : IAsyncLifetime
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "coderepo-operator");

    private readonly TemporaryDirectory _directory = new();
    private RemoteFixture? _remote;
    private GitProject? _project;

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    private string Store => Path.Combine(_directory.Path, "store");

    private string Clone => Path.Combine(Store, "team/hello");

    public async ValueTask InitializeAsync()
    {
        _directory.New("store");
        _remote = await RemoteFixture.StartAsync();
        _project = await _remote.ProjectAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await (_remote?.DisposeAsync() ?? ValueTask.CompletedTask);
        _directory.Dispose();
    }

    [Fact]
    public async Task It_publishes_a_clone_as_the_operator_does()
    {
        var commit = await _project!.CommitAsync("README.md", "# hello\n");

        var outcome = await RunAsync("--uid", "some-uid", "--branch", "main");

        Assert.Equal((0, Clone + "\n"), (outcome.ExitCode, outcome.Output));
        Assert.Equal(commit, await GitCommand.RunAsync(Clone, "rev-parse", "HEAD"));
        var marker = MarkerFile.Read(StoreLayout.Marker(Clone))!;
        Assert.Equal(("some-uid", "main", commit, 1), (marker.Uid, marker.WantedBranch, marker.Commit, marker.Depth));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(Store, ".coderepo/tmp")));

        // The clone of another CodeRepo of that name is none.
        await _project.CommitAsync("README.md", "# hello again\n");
        Assert.Equal(0, (await RunAsync("--uid", "some-uid")).ExitCode);
        Assert.Equal(commit, await GitCommand.RunAsync(Clone, "rev-parse", "HEAD"));
        Assert.Equal(0, (await RunAsync("--uid", "another-uid")).ExitCode);
        Assert.Equal("another-uid", MarkerFile.Read(StoreLayout.Marker(Clone))!.Uid);
    }

    [Fact]
    public async Task What_was_asked_for_is_made_where_there_is_something_else()
    {
        await _project!.CommitAsync("README.md", "# hello\n");
        var main = await _project.CommitAsync("README.md", "# hello again\n");
        var two = await _project.CommitAsync("TWO.md", "# two\n", "two");
        var other = await (await _remote!.ProjectAsync("other.git")).CommitAsync("README.md", "# another one\n");
        var otherUrl = _remote.Server.UrlOf("other.git");
        foreach (
            var (commit, history, options) in new (string, int, string[])[]
            {
                (main, 1, ["--branch", "main"]),
                (two, 1, ["--branch", "two"]),
                (main, 0, ["--branch", "main", "--depth", "0"]),
                (main, 1, ["--branch", "main", "--depth", "1"]),
                (other, 1, ["--branch", "main", "--url", otherUrl]),
                // Of any, and of the same however it is spelled.
                (
                    other,
                    1,
                    [
                        "--url",
                        otherUrl.Replace("http://", "HTTP://", StringComparison.Ordinal).Replace(".git", "/", StringComparison.Ordinal),
                    ]
                ),
            }
        )
        {
            var outcome = await RunAsync(["--uid", "some-uid", .. options]);
            Assert.Equal((0, Clone + "\n", ""), (outcome.ExitCode, outcome.Output, outcome.Error));
            Assert.Equal(
                (commit, history),
                (await GitCommand.RunAsync(Clone, "rev-parse", "HEAD"), MarkerFile.Read(StoreLayout.Marker(Clone))!.Depth)
            );
        }
    }

    [Fact]
    public async Task Something_else_is_said_to_be_there_where_it_can_not_be_made()
    {
        var commit = await _project!.CommitAsync("README.md", "# hello\n");
        Assert.Equal(0, (await RunAsync("--uid", "some-uid", "--branch", "main")).ExitCode);

        var missing = await RunAsync("--uid", "some-uid", "--branch", "two");
        Assert.Equal((1, ""), (missing.ExitCode, missing.Output));
        Assert.Contains("BranchNotFound: ", missing.Error, StringComparison.Ordinal);
        Assert.Contains("the clone that is there is of the branch main, not two", missing.Error, StringComparison.Ordinal);
        Assert.Equal(commit, await GitCommand.RunAsync(Clone, "rev-parse", "HEAD"));

        // One who only reads: the API might bring it.
        var unasked = await ProcessRunner.RunAsync(
            Program,
            ["ensure", "team/hello", "--store", Store, "--branch", "two", "--api", "http://127.0.0.1:1", "--token-file", "/no/such"],
            new Dictionary<string, string>(),
            "",
            Ended
        );
        Assert.Equal((1, ""), (unasked.ExitCode, unasked.Output));
        Assert.Contains("the clone that is there is of the branch main, not two", unasked.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Why_it_can_not_be_made_is_reported()
    {
        await _project!.CommitAsync("README.md", "# hello\n");
        var outcome = await RunAsync("--uid", "some-uid", "--branch", "no-such-branch");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("BranchNotFound: ", outcome.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Clone));
    }

    [Fact]
    public async Task A_volume_that_holds_something_else_is_left_alone()
    {
        await _project!.CommitAsync("README.md", "# hello\n");
        await File.WriteAllTextAsync(Path.Combine(Store, "precious"), "", Ended);
        var outcome = await RunAsync("--uid", "some-uid");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Equal(["precious"], Directory.EnumerateFileSystemEntries(Store).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData(Signal.Terminate, 1)]
    [InlineData(Signal.Kill, 137)]
    public async Task Whoever_makes_it_ends_with_the_command(int signal, int exitCode)
    {
        var connected = new TaskCompletionSource();
        var left = new TaskCompletionSource();
        await using var silent = new LoopbackListener(
            async (client, ended) =>
            {
                using (client)
                {
                    connected.TrySetResult();
                    await ReadToEndAsync(client, ended);
                    left.TrySetResult();
                }
            }
        );
        var url = $"http://127.0.0.1:{silent.Port}/a.git";
        var start = new ProcessStartInfo(Program, ["ensure", "team/hello", "--store", Store, "--url", url, "--uid", "1"])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
        };
        start.Environment["Git__PermittedNetworks__0"] = "127.0.0.0/8";
        using var process = Process.Start(start)!;
        try
        {
            await connected.Task.WaitAsync(CloneFixture.Soon, Ended);
            Signal.Send(process, signal);
            await left.Task.WaitAsync(CloneFixture.Soon, Ended);
            await process.WaitForExitAsync(Ended);

            Assert.Equal(exitCode, process.ExitCode);
            Assert.Equal(
                signal == Signal.Terminate ? "ensure: no clone of team/hello: ended by a signal\n" : "",
                await process.StandardError.ReadToEndAsync(Ended)
            );
            Assert.False(Directory.Exists(Clone));
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    private static async Task ReadToEndAsync(TcpClient client, CancellationToken ended)
    {
        try
        {
            await client.GetStream().CopyToAsync(Stream.Null, ended);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // Reset, or the test is over.
        }
    }

    private Task<ProcessOutcome> RunAsync(params string[] arguments) =>
        ProcessRunner.RunAsync(
            Program,
            [
                "ensure",
                "team/hello",
                "--store",
                Store,
                "--api",
                "http://127.0.0.1:1",
                "--token-file",
                "/no/such",
                .. arguments.Contains("--url") ? Array.Empty<string>() : ["--url", _remote!.Server.UrlOf("project.git")],
                .. arguments,
            ],
            new Dictionary<string, string> { ["Git__PermittedNetworks__0"] = "127.0.0.0/8" },
            "",
            Ended
        );
}

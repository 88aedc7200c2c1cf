using System.Diagnostics;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Remotes.Worker;
using GitServer;
using Microsoft.Extensions.Logging;

namespace CodeRepoOperator.Remotes;

// Alone, because it counts this process's workers.
[Collection(nameof(RunAlone))]
public sealed class WorkerTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData("hangs before it responds")]
    [InlineData("hangs in the middle of the pack")]
    [InlineData("drips")]
    public async Task A_clone_ends_within_a_second_of_being_reported_to(string fault)
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        await project.CommitAsync("a.txt", new string('a', 5000));
        fixture.Server.Fault = request =>
            fault switch
            {
                "hangs before it responds" => new RequestFault { HangBeforeResponse = true },
                "drips" => new RequestFault { Drip = true },
                _ => request.Method == "POST" && fixture.Server.Requests == 3 ? new RequestFault { HangAfter = 150 } : null,
            };
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var clone = fixture.CloneAsync(fixture.NewDirectory(), token: cancel.Token);
        await Eventually.True(
            () => fixture.Server.Requests == (fault.Contains("middle", StringComparison.Ordinal) ? 3 : 1) && Workers().Count == 1,
            Deadline,
            TestContext.Current.CancellationToken
        );

        var started = TimeProvider.System.GetTimestamp();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => clone);

        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.Empty(Workers());
    }

    [Theory]
    [InlineData(Signal.Kill, 137, Reasons.TransferFailed, "operator's log")]
    [InlineData(Signal.BusError, 135, Reasons.StoreFull, "grow")]
    public async Task A_worker_that_dies_is_a_failure_and_one_warning(int signal, int exitCode, string reason, string hint)
    {
        await using var fixture = await RemoteFixture.StartAsync();
        fixture.Server.Fault = _ => new RequestFault { HangBeforeResponse = true };
        var clone = fixture.CloneAsync(fixture.NewDirectory());
        await Eventually.True(() => fixture.Server.Requests == 1, Deadline, TestContext.Current.CancellationToken);

        // .NET takes the first SIGBUS that no instruction caused, and leaves the next to the system.
        var worker = Assert.Single(Workers());
        await Eventually.True(() => Ended(worker, signal), Deadline, TestContext.Current.CancellationToken);

        var failure = (await clone).Failure!;
        Assert.Equal(reason, failure.Reason);
        Assert.Contains(hint, failure.Message, StringComparison.Ordinal);
        var warning = Assert.Single(fixture.WorkerLog.Entries, entry => entry.Level >= LogLevel.Warning);
        Assert.Contains($"exit code {exitCode} ", warning.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_last_lines_of_a_worker_that_crashes_are_logged_without_credentials()
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var directory = fixture.NewDirectory();
        await File.WriteAllTextAsync(Path.Combine(directory, "in the way"), "", TestContext.Current.CancellationToken);
        await (await fixture.ProjectAsync()).CommitAsync("a.txt", "one");
        var order = new CloneOrder(fixture.Url(), new RemoteHead("main", ""), 1, directory)
        {
            Credentials = new GitCredentials { Http = new HttpLogin("robot", "empty directory") },
        };

        Assert.Equal(
            Reasons.TransferFailed,
            (await fixture.Remote.CloneAsync(order, TestContext.Current.CancellationToken)).Failure?.Reason
        );

        // Here the crash's own text holds the "password".
        var warning = Assert.Single(fixture.WorkerLog.Entries, entry => entry.Level >= LogLevel.Warning);
        Assert.Contains("A clone is made in an *** only.", warning.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("empty directory", warning.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clone_that_succeeds_or_is_cancelled_warns_of_nothing()
    {
        await using var fixture = await RemoteFixture.StartAsync();
        await (await fixture.ProjectAsync()).CommitAsync("a.txt", "one");
        Assert.True((await fixture.CloneAsync(fixture.NewDirectory())).Succeeded);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var clone = fixture.CloneAsync(fixture.NewDirectory(), token: cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => clone);

        Assert.DoesNotContain(fixture.WorkerLog.Entries, entry => entry.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task A_worker_ends_when_its_operator_does()
    {
        await using var fixture = await RemoteFixture.StartAsync();
        fixture.Server.Fault = _ => new RequestFault { HangBeforeResponse = true };
        using var worker = Process.Start(
            new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "coderepo-git-worker"))
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                UseShellExecute = false,
            }
        )!;
        var request =
            $$$"""{"ToClone":{"Url":"{{{fixture.Url()}}}","Head":{"Branch":"main","Commit":""},"Depth":1,"Directory":"{{{fixture.NewDirectory()}}}","Options":{"PermittedNetworks":["127.0.0.0/8"] } } }""";
        await worker.StandardInput.WriteLineAsync(request.AsMemory(), TestContext.Current.CancellationToken);
        await worker.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        await Eventually.True(() => fixture.Server.Requests == 1, Deadline, TestContext.Current.CancellationToken);
        Assert.False(worker.HasExited);

        worker.StandardInput.Close();

        await Eventually.True(() => worker.HasExited, TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_proxy_resolves_names_and_is_not_judged(bool tls)
    {
        using var certificate = TestCertificate.Create();
        using var directory = new TemporaryDirectory();
        var file = Path.Combine(directory.Path, "ca.pem");
        await File.WriteAllTextAsync(file, certificate.ExportCertificatePem(), TestContext.Current.CancellationToken);
        await using var target = await RemoteFixture.StartAsync(new GitHttpServerOptions { Certificate = tls ? certificate : null });
        var commit = await (await GitProject.CreateAsync(target.Root, "project.git")).CommitAsync("a.txt", "one");
        await using var proxy = new HttpProxy(target.Server.Address.Port);

        // Loopback is not permitted here: the proxy is on it all the same.
        await using var fixture = await RemoteFixture.StartAsync(
            options: new GitOptions { TrustedCertificates = file },
            proxy: new System.Net.WebProxy(proxy.Address),
            environment: new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["http_proxy"] = proxy.Address,
                ["https_proxy"] = proxy.Address,
            }
        );
        var url = GitUrl.Parse($"{(tls ? "https" : "http")}://git.example.test/project.git").Value!;

        var head = await fixture.Remote.PollAsync(url, new Revision.Head(), credentials: null, TestContext.Current.CancellationToken);
        Assert.Equal(new RemoteHead("main", commit, IsDefault: true), head.Value! with { Capabilities = null });
        var before = proxy.Connections;
        var tree = await fixture.Remote.CloneAsync(
            new CloneOrder(url, head.Value!, 1, fixture.NewDirectory()),
            TestContext.Current.CancellationToken
        );
        Assert.Equal(new FetchedTree("main", commit), tree.Value! with { CommittedAt = null, Size = null });
        Assert.True(proxy.Connections > before);
    }

    [Fact]
    public async Task Credentials_reach_the_remote_and_nothing_else()
    {
        await using var fixture = await RemoteFixture.StartAsync(new GitHttpServerOptions { UserName = "robot", Password = "s3cret" });
        await (await fixture.ProjectAsync()).CommitAsync("a.txt", "one");
        var directory = fixture.NewDirectory();
        var order = new CloneOrder(fixture.Url(), new RemoteHead("main", ""), 1, directory)
        {
            Credentials = new GitCredentials { Http = new HttpLogin("robot", "s3cret") },
        };

        Assert.Equal(
            Reasons.AuthenticationFailed,
            (await fixture.Remote.CloneAsync(order with { Credentials = null }, TestContext.Current.CancellationToken)).Failure?.Reason
        );
        Assert.True((await fixture.Remote.CloneAsync(order, TestContext.Current.CancellationToken)).Succeeded);
        foreach (var file in Directory.GetFiles(directory, "*", SearchOption.AllDirectories))
        {
            Assert.DoesNotContain(
                "s3cret",
                await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken),
                StringComparison.Ordinal
            );
        }
    }

    private static bool Ended(Process process, int signal)
    {
        if (Workers().Count > 0)
        {
            Signal.Send(process, signal);
        }

        return Workers().Count == 0;
    }

    // A process's name is cut to 15 characters by the kernel.
    private static List<Process> Workers() =>
        [
            .. Process
                .GetProcessesByName("coderepo-git-wo")
                .Concat(Process.GetProcessesByName("coderepo-git-worker"))
                .Where(process => IsOurs(process)),
        ];

    private static bool IsOurs(Process process)
    {
        try
        {
            return !process.HasExited
                && File.ReadAllText($"/proc/{process.Id}/stat").Split(' ')[3]
                    == Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return false;
        }
    }
}

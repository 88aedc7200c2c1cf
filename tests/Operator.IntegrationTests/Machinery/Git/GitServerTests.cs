using System.Diagnostics;
using System.IO.Compression;
using System.Net;

namespace CodeRepoOperator.Machinery.Git;

/// <summary>The server that other tests, the demo and the benchmarks lean on.</summary>
public sealed class GitServerTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData("gzip")]
    [InlineData(null)]
    public async Task A_request_may_be_compressed_as_git_does(string? encoding)
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var commit = await (await fixture.ProjectAsync()).CommitAsync("a.txt", "one");
        var body = "0014command=ls-refs\n00010000"u8.ToArray();
        using var request = new HttpRequestMessage(HttpMethod.Post, fixture.Server.UrlOf("project.git/git-upload-pack"));
        request.Content = new ByteArrayContent(encoding is null ? body : Compressed(body));
        request.Content.Headers.ContentType = new("application/x-git-upload-pack-request");
        if (encoding is not null)
        {
            request.Content.Headers.ContentEncoding.Add(encoding);
        }

        request.Headers.Add("Git-Protocol", "version=2");
        using var http = new HttpClient();

        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains($"{commit} refs/heads/main", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Signal.Terminate)]
    [InlineData(null)]
    public async Task The_program_writes_its_port_serves_and_ends_when_reported(int? signal)
    {
        using var directory = new TemporaryDirectory();
        var project = await GitProject.CreateAsync(directory.Path, "project.git");
        var commit = await project.CommitAsync("a.txt", "one");
        var portFile = Path.Combine(directory.Path, "port");
        using var server = Start([
            "--root",
            directory.Path,
            "--port-file",
            portFile,
            .. signal is null ? new[] { "--until-stdin-closes" } : [],
        ]);
        try
        {
            await Eventually.True(() => File.Exists(portFile), Deadline, TestContext.Current.CancellationToken);
            var port = await File.ReadAllTextAsync(portFile, TestContext.Current.CancellationToken);
            Assert.Contains(
                commit,
                await GitCommand.RunAsync("/", "ls-remote", $"http://127.0.0.1:{port}/project.git", "HEAD"),
                StringComparison.Ordinal
            );
            Assert.False(server.HasExited);

            if (signal is { } number)
            {
                Signal.Send(server, number);
            }
            else
            {
                server.StandardInput.Close();
            }

            await Eventually.True(() => server.HasExited, Deadline, TestContext.Current.CancellationToken);
            Assert.Equal(0, server.ExitCode);
        }
        finally
        {
            server.Kill();
        }
    }

    [Theory]
    [InlineData("--root /tmp")]
    [InlineData("--root /tmp --port-file /tmp/p --port x")]
    [InlineData("--nonsense")]
    public async Task The_program_refuses_what_it_does_not_understand(string arguments)
    {
        using var server = Start(arguments.Split(' '));
        Assert.Contains(
            "usage:",
            await server.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken),
            StringComparison.Ordinal
        );
        await server.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, server.ExitCode);
    }

    private static Process Start(string[] arguments) =>
        Process.Start(
            new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "git-server"), arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            }
        )!;

    private static byte[] Compressed(byte[] body)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest))
        {
            gzip.Write(body);
        }

        return memory.ToArray();
    }
}

using System.Runtime.Versioning;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Urls;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Remotes.Worker;

[UnsupportedOSPlatform("windows")]
public sealed class WorkerStartTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory();

    [Theory]
    [InlineData("", UnixFileMode.UserRead, "Permission denied")]
    [InlineData("not a program", UnixFileMode.UserRead | UnixFileMode.UserExecute, "format")]
    [InlineData(null, UnixFileMode.None, "No such file")]
    public async Task A_worker_that_can_not_be_started_is_a_failure_that_is_tried_again(string? content, UnixFileMode mode, string hint)
    {
        var program = Path.Combine(_directory.FullName, "worker");
        if (content is not null)
        {
            await File.WriteAllTextAsync(program, content, TestContext.Current.CancellationToken);
            File.SetUnixFileMode(program, mode);
        }

        var worker = new WorkerProcess(
            Options.Create(new GitOptions()),
            WorkerEnvironment.From(new Dictionary<string, string>()),
            NullLogger<WorkerProcess>.Instance,
            program
        );
        var order = new CloneOrder(GitUrl.Parse("https://git.example.com/a").Value!, new RemoteHead("main", ""), 1, _directory.FullName);

        var failure = (await worker.CloneAsync(order, TestContext.Current.CancellationToken)).Failure!;

        Assert.Equal(Reasons.StoreUnavailable, failure.Reason);
        Assert.False(failure.Terminal);
        Assert.Contains("can't be started", failure.Message, StringComparison.Ordinal);
        Assert.Contains(hint, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_directory.FullName, failure.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _directory.Delete(recursive: true);
}

using System.Net;
using CodeRepoOperator.Remotes;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Http;
using CodeRepoOperator.Remotes.Ssh;
using CodeRepoOperator.Remotes.Worker;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Machinery.Git;

/// <summary>The engine with its real worker, without the operator around it.</summary>
internal sealed class GitEngine : IDisposable
{
    private readonly GitHttp _http;

    /// <param name="options">How it is set up.</param>
    /// <param name="proxy">For HTTP; null: none.</param>
    /// <param name="environment">What workers inherit; null: nothing.</param>
    public GitEngine(GitOptions options, IWebProxy? proxy = null, Dictionary<string, string>? environment = null)
    {
        var wrapped = Options.Create(options);
        var policy = new HostPolicy(wrapped);
        _http = new GitHttp(options, policy, proxy ?? new WebProxy());
        Worker = new WorkerProcess(wrapped, WorkerEnvironment.From(environment ?? []), WorkerLog);
        Remote = new GitRemote(new RemoteTransports(_http, new GitSsh(options, policy)), policy, Worker);
    }

    public GitRemote Remote { get; }

    public WorkerProcess Worker { get; }

    /// <summary>What the operator logged about its workers.</summary>
    public RecordingLogger<WorkerProcess> WorkerLog { get; } = new();

    public void Dispose() => _http.Dispose();
}

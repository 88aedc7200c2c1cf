using System.Collections;
using System.Net;
using CodeRepoOperator.Remotes;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Http;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Ssh;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Remotes.Worker;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator;

/// <summary>The git engine, set up to reach loopback.</summary>
internal sealed class Engine : IDisposable
{
    private readonly GitHttp _http;

    public Engine(string? trusted = null, string? proxy = null)
    {
        var options = Options.Create(
            new GitOptions
            {
                PermittedNetworks = ["127.0.0.0/8"],
                TrustedCertificates = trusted,
                AllowCredentialsOverHttp = true,
            }
        );
        var policy = new HostPolicy(options);
        _http = new GitHttp(options.Value, policy, proxy is null ? new WebProxy() : new WebProxy(proxy));
        var environment = WorkerEnvironment.From(
            proxy is null ? Environment.GetEnvironmentVariables() : new Hashtable { ["http_proxy"] = proxy, ["https_proxy"] = proxy }
        );
        Variables = environment.Variables;
        Remote = new GitRemote(
            new RemoteTransports(_http, new GitSsh(options.Value, policy)),
            policy,
            new WorkerProcess(options, environment, NullLogger<WorkerProcess>.Instance)
        );
    }

    public GitRemote Remote { get; }

    /// <summary>The environment that workers are started in.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; }

    /// <summary>Clones <c>main</c> at depth 1; a failure ends the benchmark.</summary>
    public async Task CloneAsync(string url, string directory, CancellationToken cancellationToken)
    {
        var order = new CloneOrder(GitUrl.Parse(url).Value!, new RemoteHead("main", ""), 1, directory);
        var tree = await Remote.CloneAsync(order, cancellationToken);
        if (!tree.Succeeded)
        {
            throw new InvalidOperationException(tree.Failure.Message);
        }
    }

    public void Dispose() => _http.Dispose();
}

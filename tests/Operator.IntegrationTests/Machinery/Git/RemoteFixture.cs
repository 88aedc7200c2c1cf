using System.Net;
using CodeRepoOperator.Remotes;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Remotes.Worker;
using GitServer;

namespace CodeRepoOperator.Machinery.Git;

/// <summary>A git server on loopback, and the engine set up to reach it.</summary>
internal sealed class RemoteFixture : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory;
    private readonly GitEngine _engine;
    private int _clones;

    private RemoteFixture(
        GitHttpServer server,
        string root,
        TemporaryDirectory directory,
        GitOptions options,
        IWebProxy? proxy,
        Dictionary<string, string>? environment
    )
    {
        (Server, Root, _directory) = (server, root, directory);
        _engine = new GitEngine(options, proxy, environment);
    }

    public GitHttpServer Server { get; }

    public GitRemote Remote => _engine.Remote;

    public WorkerProcess Worker => _engine.Worker;

    /// <summary>What the operator logged about its workers.</summary>
    public RecordingLogger<WorkerProcess> WorkerLog => _engine.WorkerLog;

    /// <summary>The directory with the served repositories.</summary>
    public string Root { get; }

    public static async Task<RemoteFixture> StartAsync(
        GitHttpServerOptions? server = null,
        GitOptions? options = null,
        IWebProxy? proxy = null,
        Dictionary<string, string>? environment = null
    )
    {
        var directory = new TemporaryDirectory();
        var root = directory.New("served");
        return new RemoteFixture(
            await GitHttpServer.StartAsync(root, server),
            root,
            directory,
            options ?? new GitOptions { PermittedNetworks = ["127.0.0.0/8"], AllowCredentialsOverHttp = true },
            proxy,
            environment
        );
    }

    public Task<GitProject> ProjectAsync(string name = "project.git") => GitProject.CreateAsync(Root, name);

    public GitUrl Url(string name = "project.git") => GitUrl.Parse(Server.UrlOf(name)).Value!;

    /// <summary>A path where nothing is yet.</summary>
    public string NewDirectory() => _directory.New($"clone-{Interlocked.Increment(ref _clones)}");

    public Task<Attempt<RemoteHead>> PollAsync(string? branch = null, CancellationToken? token = null) =>
        PollAsync(branch is null ? new Revision.Head() : new Revision.Branch(BranchName.Parse(branch).Value!), token);

    /// <summary>Where a revision is, without what the remote can do: that makes no head another.</summary>
    public async Task<Attempt<RemoteHead>> PollAsync(Revision revision, CancellationToken? token = null)
    {
        var head = await Remote.PollAsync(Url(), revision, credentials: null, token ?? TestContext.Current.CancellationToken);
        return head.Succeeded ? head.Value with { Capabilities = null } : head;
    }

    public Task<Attempt<FetchedTree>> CloneAsync(
        string directory,
        string branch = "main",
        int depth = 1,
        string? seed = null,
        CancellationToken? token = null
    ) =>
        Remote.CloneAsync(
            new CloneOrder(Url(), new RemoteHead(branch, ""), depth, directory) { SeedFrom = seed },
            token ?? TestContext.Current.CancellationToken
        );

    public async ValueTask DisposeAsync()
    {
        _engine.Dispose();
        await Server.DisposeAsync();
        _directory.Dispose();
    }
}

using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Lfs;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.Machinery.Git;

/// <summary>A git server with a server of Git LFS, and the engine set up to reach both.</summary>
internal sealed class LfsFixture : IAsyncDisposable
{
    private static readonly GitOptions Options = new() { PermittedNetworks = ["127.0.0.0/8"], AllowCredentialsOverHttp = true };

    private LfsFixture(RemoteFixture remote, LfsTestServer server, GitProject project) =>
        (Remote, Server, Project) = (remote, server, project);

    public RemoteFixture Remote { get; }

    public LfsTestServer Server { get; }

    /// <summary>Keeps <c>*.bin</c> by Git LFS.</summary>
    public GitProject Project { get; }

    public static async Task<LfsFixture> StartAsync()
    {
        var remote = await RemoteFixture.StartAsync();
        var server = await LfsTestServer.StartAsync(remote.Root, TestContext.Current.CancellationToken);
        var project = await remote.ProjectAsync();
        await project.TrackAsync(server, "*.bin");
        return new LfsFixture(remote, server, project);
    }

    /// <summary>Commits all that is in the working tree, and pushes it and the files.</summary>
    public async Task<string> PushAsync()
    {
        var commit = await Project.PushAsync();
        await Project.PushFilesAsync(Server);
        return commit;
    }

    /// <summary>Clones the project, with its pointers.</summary>
    public async Task<FetchedTree> CloneAsync(string directory, string? seed = null)
    {
        var url = GitUrl.Parse(Server.UrlOf("project.git")).Value!;
        var order = new CloneOrder(url, new RemoteHead("main", ""), 1, directory) { FindLfs = true, SeedFrom = seed };
        var tree = await Remote.Remote.CloneAsync(order, TestContext.Current.CancellationToken);
        Assert.True(tree.Succeeded, tree.Failure?.Message);
        return tree.Value;
    }

    /// <summary>Fetches the files into a clone.</summary>
    public Task<Attempt<FetchedLfs>> FillAsync(
        string directory,
        string? server = null,
        GitCredentials? credentials = null,
        GitOptions? options = null,
        Func<LfsOrder, LfsOrder>? change = null
    )
    {
        var url = server is null ? LfsServerUrl.Resolve(null, GitUrl.Parse(Server.UrlOf("project.git")).Value!) : GitUrl.Parse(server);
        var order = new LfsOrder(directory, url.Value!.ToString(), long.MaxValue)
        {
            Credentials = credentials ?? LfsTestServer.Credentials,
            Ref = "refs/heads/main",
            Patience = TimeSpan.FromMinutes(2),
            Options = options ?? Options,
        };
        return Remote.Remote.FillAsync(url.Value, change?.Invoke(order) ?? order, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Remote.DisposeAsync();
    }
}

using CodeRepoOperator.Remotes.Urls;
using GitServer;
using Microsoft.AspNetCore.Http;

namespace CodeRepoOperator.Remotes;

/// <summary>A few repositories on one server, each served under as many names as there are cases, with a fault for each name.</summary>
public sealed class ServedRemote : IAsyncLifetime
{
    /// <summary>A repository with nothing wrong.</summary>
    public const string Sound = "sound.git";

    /// <summary>One without a commit.</summary>
    public const string Empty = "empty.git";

    /// <summary>One whose HEAD names a branch that is not there.</summary>
    public const string HeadOfNothing = "head.git";

    /// <summary>One with SHA-256 object names.</summary>
    public const string Sha256 = "sha256.git";

    /// <summary>One whose branch is at a commit that names a file in place of its tree.</summary>
    public const string Treeless = "treeless.git";

    /// <summary>What is in that file.</summary>
    public const string FileContent = "I am no tree.\n";

    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, RequestFault?> _faults = new(StringComparer.Ordinal);
    private RemoteFixture? _fixture;

    /// <summary>The branch's commit, as git stores it.</summary>
    public string CommitObject { get; private set; } = "";

    /// <summary>The commit of <see cref="Treeless"/>, as git stores it.</summary>
    public string TreelessCommitObject { get; private set; } = "";

    /// <summary>The server and the engine.</summary>
    internal RemoteFixture Fixture => _fixture ?? throw new InvalidOperationException("not started");

    /// <inheritdoc />
    public async ValueTask InitializeAsync()
    {
        _fixture = await RemoteFixture.StartAsync();
        Fixture.Server.Fault = FaultOf;
        var sound = await Fixture.ProjectAsync(Sound);
        await sound.CommitAsync("a.txt", string.Concat(Enumerable.Range(0, 5000).Select(i => $"{i * 7919 % 5003:x}\n")));
        await sound.GitAsync("tag", "v1");
        await sound.GitAsync("push", "-q", "origin", "v1");
        CommitObject = await GitCommand.RunAsync(sound.Bare, "cat-file", "commit", "main") + "\n";
        await Fixture.ProjectAsync(Empty);
        await (await Fixture.ProjectAsync(HeadOfNothing)).CommitAsync("a.txt", "one", "elsewhere");
        await MakeSha256Async();
        await MakeTreelessAsync();
    }

    /// <summary>Serves a repository under a name of its own, with a fault.</summary>
    internal GitUrl Serve(string repository, RequestFault? fault)
    {
        var name = $"case-{_faults.Count}-{Guid.NewGuid():n}.git";
        _faults[name] = fault;
        Directory.CreateSymbolicLink(Path.Combine(Fixture.Root, name), repository);
        return Fixture.Url(name);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_fixture is not null)
        {
            await _fixture.DisposeAsync();
        }
    }

    private RequestFault? FaultOf(HttpRequest request) => _faults.GetValueOrDefault(request.Path.Value!.Split('/')[1]);

    private async Task MakeSha256Async()
    {
        var work = Path.Combine(Fixture.Root, "sha256.work");
        await GitCommand.RunAsync("/", "init", "-q", "--object-format=sha256", "-b", "main", work);
        await GitCommand.RunAsync(work, "commit", "-q", "--allow-empty", "-m", "one");
        await GitCommand.RunAsync("/", "clone", "-q", "--bare", work, Path.Combine(Fixture.Root, Sha256));
    }

    private async Task MakeTreelessAsync()
    {
        var project = await Fixture.ProjectAsync(Treeless);
        await File.WriteAllTextAsync(project.Path("file"), FileContent);
        var blob = await GitCommand.RunAsync(project.Bare, "hash-object", "-w", project.Path("file"));
        TreelessCommitObject = $"tree {blob}\nauthor A <a@b> 0 +0000\ncommitter A <a@b> 0 +0000\n\nhostile\n";
        await File.WriteAllTextAsync(project.Path("commit"), TreelessCommitObject);
        var commit = await GitCommand.RunAsync(project.Bare, "hash-object", "-t", "commit", "-w", "--literally", project.Path("commit"));
        await File.WriteAllTextAsync(Path.Combine(project.Bare, "refs/heads/main"), commit + "\n");
    }
}

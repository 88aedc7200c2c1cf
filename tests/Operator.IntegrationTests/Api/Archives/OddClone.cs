using System.Runtime.Versioning;

namespace CodeRepoOperator.Api.Archives;

/// <summary>A clone, made by the git worker, of a repository with all that makes a working tree differ from plain files.</summary>
[SupportedOSPlatform("linux")]
public sealed class OddClone : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private RemoteFixture? _fixture;

    /// <summary>Where tests may write.</summary>
    public string Directory => _directory.Path;

    /// <summary>The clone.</summary>
    public string Clone { get; private set; } = "";

    /// <summary>Its commit.</summary>
    public string Commit { get; private set; } = "";

    /// <summary>When that was made, as the git worker reported.</summary>
    public long CommittedAt { get; private set; }

    /// <summary>A clone with directories whose paths have no room in a header of tar.</summary>
    public string Deep { get; private set; } = "";

    /// <inheritdoc />
    public async ValueTask InitializeAsync()
    {
        var token = TestContext.Current.CancellationToken;
        _fixture = await RemoteFixture.StartAsync();
        var project = await _fixture.ProjectAsync();
        await AddLongNamesAsync(project);
        Commit = await OddProject.FillAsync(project, token);
        Clone = _fixture.NewDirectory();
        var made = await _fixture.CloneAsync(Clone);
        Assert.True(made.Succeeded, made.Failure?.Message);
        CommittedAt = made.Value.CommittedAt!.Value;
        Assert.Equal(await project.GitAsync("log", "-1", "--format=%ct"), $"{CommittedAt}");

        var deep = string.Join('/', Enumerable.Repeat(new string('d', 200), 4));
        await project.CommitAsync($"{deep}/file", "deep\n", "deep");
        Deep = _fixture.NewDirectory();
        Assert.True((await _fixture.CloneAsync(Deep, "deep")).Succeeded);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_fixture is not null)
        {
            await _fixture.DisposeAsync();
        }

        _directory.Dispose();
    }

    private static async Task AddLongNamesAsync(GitProject project)
    {
        var directory = $"long/{new string('f', 90)}";
        foreach (var name in new[] { new string('n', 99), new string('n', 100), new string('n', 101), new string('n', 255) })
        {
            await File.WriteAllTextAsync(project.Path($"{directory}/{name}"), name);
        }

        File.CreateSymbolicLink(project.Path("long/link"), new string('t', 100));
        File.CreateSymbolicLink(project.Path("long/longer-link"), new string('t', 101));

        // A name that is no text.
        var write = $"printf one > \"$(printf '{project.Path("long/x")}\\344\\377')\"";
        (
            await ProcessRunner.RunAsync("sh", ["-c", write], new Dictionary<string, string>(), "", TestContext.Current.CancellationToken)
        ).OutputOrThrow();
    }
}

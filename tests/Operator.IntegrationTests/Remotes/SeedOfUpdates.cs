namespace CodeRepoOperator.Remotes;

/// <summary>A shallow clone of several packs, and a repository that has moved on since: made once, copied by each test.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class SeedOfUpdates : IAsyncLifetime
{
    /// <summary>Of the clone.</summary>
    public const int Depth = 5;

    private string _seed = "";

    internal RemoteFixture Fixture { get; private set; } = null!;

    internal PushedHistory History { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Fixture = await RemoteFixture.StartAsync();
        History = await PushedHistory.StartAsync(await Fixture.ProjectAsync(), TestNoise.Of(30_000));
        foreach (var push in new[] { PushKind.MoreCommitsThanAnyDepth, PushKind.Merge, PushKind.Commit, PushKind.Commit })
        {
            await History.PushAsync(push);
            var next = Fixture.NewDirectory();
            Assert.True((await Fixture.CloneAsync(next, History.Branch, Depth, _seed.Length == 0 ? null : _seed)).Succeeded);
            _seed = next;
        }

        // Moved, and set back to before where the clone's history ends.
        await History.PushAsync(PushKind.BackBySomeCommits);
        await History.PushAsync(PushKind.Commit);
    }

    public ValueTask DisposeAsync() => Fixture.DisposeAsync();

    /// <summary>A copy of the clone's <c>.git</c>, which is all of it that is used: the test's own.</summary>
    /// <returns>The clone's directory.</returns>
    internal string Copy()
    {
        var copy = Fixture.NewDirectory();
        var git = Path.Combine(_seed, ".git");
        foreach (var directory in Directory.GetDirectories(git, "*", SearchOption.AllDirectories).Prepend(git))
        {
            Directory.CreateDirectory(Path.Combine(copy, Path.GetRelativePath(_seed, directory)));
        }

        foreach (var file in Directory.GetFiles(git, "*", SearchOption.AllDirectories))
        {
            var own = Path.Combine(copy, Path.GetRelativePath(_seed, file));
            File.Copy(file, own);
            File.SetLastWriteTimeUtc(own, File.GetLastWriteTimeUtc(file));
        }

        return copy;
    }
}

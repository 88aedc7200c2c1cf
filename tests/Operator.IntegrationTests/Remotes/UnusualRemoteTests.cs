using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Worker;
using GitServer;

namespace CodeRepoOperator.Remotes;

/// <summary>Remotes that are not as most are, and in order.</summary>
public sealed class UnusualRemoteTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_branch_is_reported_from_a_tag_of_its_name(bool oldProtocol)
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        await project.CommitAsync("a.txt", "tagged");
        await project.GitAsync("tag", "-a", "-m", "tag", "same");
        await project.GitAsync("push", "-q", "origin", "refs/tags/same");
        var commit = await project.CommitAsync("a.txt", "branched", "same");

        await SeeAsync(fixture, "same", commit, new RequestFault { OldProtocol = oldProtocol });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_name_may_hold_all_that_git_allows(bool oldProtocol)
    {
        const string Name = "we\"ird/é$(x)`y`;&|'<>#%{}!,=+名前😀";
        await using var fixture = await RemoteFixture.StartAsync();
        var commit = await (await fixture.ProjectAsync()).CommitAsync("a.txt", "one", Name);

        await SeeAsync(fixture, Name, commit, new RequestFault { OldProtocol = oldProtocol });
    }

    [Fact]
    public async Task Responses_may_be_compressed()
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var commit = await (await fixture.ProjectAsync()).CommitAsync("a.txt", "one");

        await SeeAsync(fixture, "main", commit, new RequestFault { Compress = true });
    }

    [Theory]
    [InlineData(false, 1_000)]
    [InlineData(true, 10_000_000)]
    public async Task Refs_by_the_hundred_thousand_are_looked_through_quickly(bool oldProtocol, int bytes)
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        var commit = await project.CommitAsync("a.txt", "one");
        await File.AppendAllLinesAsync(
            Path.Combine(project.Bare, "packed-refs"),
            Enumerable.Range(0, 100_000).Select(i => $"{commit} refs/heads/z{i:000000}"),
            Token
        );
        fixture.Server.Fault = _ => new RequestFault { OldProtocol = oldProtocol };
        fixture.Server.ResetCounters();
        var started = TimeProvider.System.GetTimestamp();

        Assert.Equal(new RemoteHead("z099999", commit), (await fixture.PollAsync("z099999")).Value);

        // Before version 2 a remote sends them all.
        Assert.InRange(fixture.Server.BytesSent, 1, bytes);
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    private static async Task SeeAsync(RemoteFixture fixture, string branch, string commit, RequestFault fault)
    {
        fixture.Server.Fault = _ => fault;
        var clone = fixture.NewDirectory();

        Assert.Equal(new RemoteHead(branch, commit, IsDefault: branch == "main"), (await fixture.PollAsync(branch)).Value);
        var tree = await fixture.CloneAsync(clone, branch);

        Assert.Equal(new FetchedTree(branch, commit), tree.Value! with { CommittedAt = null, Size = null });
        Assert.Equal(commit, await GitCommand.RunAsync(clone, "rev-parse", "HEAD"));
        Assert.Equal($"refs/heads/{branch}", await GitCommand.RunAsync(clone, "symbolic-ref", "HEAD"));
        await GitCommand.RunAsync(clone, "fsck", "--strict");
    }
}

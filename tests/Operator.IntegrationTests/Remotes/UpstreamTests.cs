using GitServer;

namespace CodeRepoOperator.Remotes;

/// <summary>
/// What a clone knows of its remote is what <c>git clone --single-branch</c> notes: tools ask for the upstream and for the default branch.
/// </summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class UpstreamTests
{
    [Theory]
    [InlineData(false, null)]
    [InlineData(true, null)]
    [InlineData(false, "main")]
    [InlineData(true, "main")]
    [InlineData(false, "we\"ird/é.x#;=y")]
    [InlineData(true, "we\"ird/é.x#;=y")]
    public async Task Branch_and_remote_are_noted_as_git_does(bool oldProtocol, string? branch)
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        await project.CommitAsync("a.txt", "one");
        await project.CommitAsync("a.txt", "two", "we\"ird/é.x#;=y");
        fixture.Server.Fault = _ => new RequestFault { OldProtocol = oldProtocol };
        var reference = fixture.NewDirectory();
        string[] chosen = branch is null ? [] : ["--branch", branch];
        await GitCommand.RunAsync(
            "/",
            ["clone", "-q", "--depth", "1", "--single-branch", .. chosen, fixture.Server.UrlOf("project.git"), reference]
        );

        var head = (await fixture.PollAsync(branch)).Value!;
        var clone = fixture.NewDirectory();
        Assert.True((await fixture.CloneAsync(clone, head.Branch!)).Succeeded);
        var updated = fixture.NewDirectory();
        Assert.True((await fixture.CloneAsync(updated, head.Branch!, seed: clone)).Succeeded);

        var wanted = await NotesAsync(reference);
        Assert.Equal(wanted, await NotesAsync(clone));
        Assert.Equal(wanted, await NotesAsync(updated));
    }

    private static async Task<string> NotesAsync(string clone) =>
        string.Join(
            '\n',
            await GitCommand.RunAsync(clone, "config", "--local", "--get-regexp", "^(branch|remote)\\."),
            await GitCommand.RunAsync(clone, "for-each-ref", "--format", "%(refname) %(objectname) %(symref) %(upstream)"),
            await GitCommand.RunAsync(clone, "status", "-sb")
        );
}

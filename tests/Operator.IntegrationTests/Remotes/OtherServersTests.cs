using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Worker;
using GitServer;

namespace CodeRepoOperator.Remotes;

/// <summary>
/// Servers other than the git of this machine. Most are imitated by it: they advertise less, die of what they did not advertise, or refuse
/// whoever leaves something out.
/// </summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
[Trait("Category", "Slow")]
public sealed class OtherServersTests
{
    private static readonly string[] Acknowledgements = ["multi_ack", "multi_ack_detailed", "no-done"];

    /// <summary>What each is like.</summary>
    public static TheoryData<string, RequestFault> Imitated =>
        new()
        {
            { "git 2.18 to 2.27, version 2", ImitatedHosts.GitBefore228 },
            {
                "version 2 without an agent",
                new RequestFault { Lacks = ["agent", "object-format"] }
            },
            {
                "git before 1.7.12, without an agent",
                new RequestFault
                {
                    OldProtocol = true,
                    Lacks =
                    [
                        "agent",
                        "object-format",
                        "allow-tip-sha1-in-want",
                        "allow-reachable-sha1-in-want",
                        "deepen-since",
                        "deepen-not",
                        "deepen-relative",
                        "filter",
                    ],
                }
            },
            { "Azure DevOps", ImitatedHosts.AzureDevOps },
            {
                "multi_ack in its first form only",
                new RequestFault
                {
                    OldProtocol = true,
                    Lacks = ["multi_ack_detailed", "no-done", "ofs-delta", "include-tag", "agent", "object-format"],
                    Wants = ["multi_ack", "thin-pack", "side-band-64k"],
                }
            },
            { "AWS CodeCommit", ImitatedHosts.CodeCommit },
            {
                "dulwich",
                new RequestFault
                {
                    OldProtocol = true,
                    Lacks = ["no-progress", "object-format"],
                    Wants = ["thin-pack", "ofs-delta", "side-band-64k"],
                }
            },
            {
                "pieces of 1,000 bytes only",
                new RequestFault { OldProtocol = true, Lacks = ["side-band-64k"] }
            },
            {
                "go-git, without a side-band",
                new RequestFault
                {
                    OldProtocol = true,
                    Lacks = ["side-band-64k", "side-band", "thin-pack", "no-progress", .. Acknowledgements],
                }
            },
            {
                "without a side-band, with acknowledgements",
                new RequestFault { OldProtocol = true, Lacks = ["side-band-64k", "side-band"] }
            },
            {
                "without anything but shallow",
                new RequestFault
                {
                    OldProtocol = true,
                    Lacks =
                    [
                        "side-band-64k",
                        "side-band",
                        "thin-pack",
                        "ofs-delta",
                        "no-progress",
                        "include-tag",
                        "agent",
                        "object-format",
                        .. Acknowledgements,
                    ],
                }
            },
        };

    [Theory]
    [MemberData(nameof(Imitated), DisableDiscoveryEnumeration = true)]
    public async Task Each_is_cloned_from_and_updated_from(string name, RequestFault server)
    {
        await using var fixture = await RemoteFixture.StartAsync();
        fixture.Server.Fault = _ => server;

        await SeeClonedAndUpdatedAsync(fixture, name);
    }

    [Fact]
    public async Task A_connection_that_the_server_has_ended_is_replaced_by_a_new_one()
    {
        await using var fixture = await RemoteFixture.StartAsync();
        fixture.Server.Fault = _ => new RequestFault { BreakReused = true };

        await SeeClonedAndUpdatedAsync(fixture, "ends connections");
    }

    [Fact]
    public async Task A_server_that_ends_new_connections_is_not_asked_for_ever()
    {
        await using var fixture = await RemoteFixture.StartAsync();
        await (await fixture.ProjectAsync()).CommitAsync("a.txt", "a");
        fixture.Server.Fault = _ => new RequestFault { CutAfter = 0 };

        Assert.False((await fixture.PollAsync("main")).Succeeded);
        Assert.Equal(2, fixture.Server.Requests);
    }

    private static async Task SeeClonedAndUpdatedAsync(RemoteFixture fixture, string name)
    {
        var project = await fixture.ProjectAsync();
        for (var i = 0; i < 12; i++)
        {
            await project.CommitAsync($"directory/{i}.txt", string.Concat(Enumerable.Repeat($"{i}\n", 1000)));
        }

        foreach (var depth in new[] { 1, 10, 0 })
        {
            var commit = await project.CommitAsync("a.txt", $"{name} {depth}\n");
            Assert.Equal(commit, (await fixture.PollAsync("main")).Value?.Commit);
            var first = fixture.NewDirectory();
            await SeeAsync(await fixture.CloneAsync(first, depth: depth), first, commit);
            commit = await project.CommitAsync("directory/3.txt", $"{name} {depth} again\n");
            var second = fixture.NewDirectory();
            await SeeAsync(await fixture.CloneAsync(second, depth: depth, seed: first), second, commit);
        }
    }

    private static async Task SeeAsync(Attempt<FetchedTree> made, string directory, string commit)
    {
        Assert.True(made.Succeeded, made.Failure?.Message);
        await ClonedTree.SoundAsync(directory, commit);
    }
}

using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Hosts;
using GitServer;

namespace CodeRepoOperator.Remotes;

/// <summary>A clone that brings nothing forth ends, and says which limit it met.</summary>
[Trait("Category", "Slow")]
public sealed class CloneLimitTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>What the remote does once it is asked for the pack.</summary>
    public static TheoryData<string, RequestFault> Stalls =>
        new()
        {
            {
                "it says nothing",
                new RequestFault { At = RequestStage.Fetch, HangBeforeResponse = true }
            },
            {
                "it stops in the middle",
                new RequestFault { At = RequestStage.Fetch, HangAfter = 5000 }
            },
            {
                "it sends a byte a second",
                new RequestFault { At = RequestStage.Fetch, Drip = true }
            },
        };

    [Theory]
    [MemberData(nameof(Stalls), DisableDiscoveryEnumeration = true)]
    public async Task A_transfer_that_stalls_ends_long_before_its_time_out(string what, RequestFault fault)
    {
        await using var fixture = await StartAsync(new GitOptions { StallTimeout = TimeSpan.FromSeconds(2) });
        await PushNoiseAsync(fixture, 300_000);
        fixture.Server.Fault = _ => fault;

        var made = await fixture.CloneAsync(fixture.NewDirectory()).WaitAsync(Soon, Token);

        Assert.Equal((what, Reasons.Timeout), (what, made.Failure?.Reason));
        Assert.Contains("Git:StallTimeout", made.Failure!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_transfer_that_goes_on_does_not()
    {
        await using var fixture = await StartAsync(new GitOptions { StallTimeout = TimeSpan.FromSeconds(1) });
        await PushNoiseAsync(fixture, 3_000_000);

        Assert.Null((await fixture.CloneAsync(fixture.NewDirectory())).Failure);
    }

    [Fact]
    public async Task A_clone_that_takes_more_processor_time_than_it_may_is_ended()
    {
        await using var fixture = await StartAsync(new GitOptions { MaxCloneCpu = TimeSpan.FromSeconds(1) });
        var project = await fixture.ProjectAsync();
        await File.WriteAllBytesAsync(project.Path("zeros"), new byte[700_000_000], Token);
        await project.PushAsync();

        var made = await fixture.CloneAsync(fixture.NewDirectory()).WaitAsync(Soon, Token);

        Assert.Equal(Reasons.TooLarge, made.Failure?.Reason);
        Assert.Contains("Git:MaxCloneCpu", made.Failure!.Message, StringComparison.Ordinal);
    }

    private static Task<RemoteFixture> StartAsync(GitOptions options)
    {
        options.PermittedNetworks = ["127.0.0.0/8"];
        return RemoteFixture.StartAsync(options: options);
    }

    private static async Task PushNoiseAsync(RemoteFixture fixture, int bytes)
    {
        var project = await fixture.ProjectAsync();
        await File.WriteAllBytesAsync(project.Path("noise"), System.Security.Cryptography.RandomNumberGenerator.GetBytes(bytes), Token);
        await project.PushAsync();
    }
}

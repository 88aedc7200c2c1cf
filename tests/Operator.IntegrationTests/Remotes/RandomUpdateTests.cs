using CsCheck;
using GitServer;

namespace CodeRepoOperator.Remotes;

/// <summary>
/// Updates after any pushes, to any depth, from servers old and new. A failure names the seed: <c>CsCheck_Seed</c> repeats it.
/// </summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
[Trait("Category", "Slow")]
public sealed class RandomUpdateTests
{
    private const int Histories = 6;

    private static readonly Gen<(PushKind Push, int Depth, bool OldProtocol)[]> Updates = Gen.Select(
        Gen.Enum<PushKind>(),
        Gen.OneOf(1, 2, 3, 10, 0),
        Gen.Bool
    ).Array[3, 8];

    [Fact]
    public Task After_any_updates_a_clone_is_what_git_would_have() => Updates.SampleAsync(CheckAsync, iter: Histories, threads: 2);

    private static async Task CheckAsync((PushKind Push, int Depth, bool OldProtocol)[] updates)
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var history = await PushedHistory.StartAsync(await fixture.ProjectAsync(), TestNoise.Of(10_000));
        var clone = new UpdatedClone(fixture, history);
        foreach (var (push, depth, oldProtocol) in updates)
        {
            await history.PushAsync(push);
            fixture.Server.Fault = _ => new RequestFault { OldProtocol = oldProtocol };
            await clone.UpdateAsync(depth);
        }

        await UpdatedClone.CheckBytesAsync(clone.Directory!);
    }
}

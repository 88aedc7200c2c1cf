using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Remotes;

public sealed class StoreFullTests
{
    [Theory]
    [InlineData("the pack does not fit", 'r', Reasons.StoreFull)]
    [InlineData("the tree does not fit", 'a', Reasons.StoreFull)]
    [InlineData("both fit", '\0', null)]
    public async Task A_clone_that_does_not_fit_says_that_the_volume_is_full(string name, char content, string? reason)
    {
        Assert.NotEmpty(name);
        await using var fixture = await RemoteFixture.StartAsync();
        await using var volume = await TinyVolume.MountAsync(megabytes: 3);
        await (await fixture.ProjectAsync()).CommitAsync(
            "big.txt",
            content switch
            {
                'r' => Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(5_000_000)),
                '\0' => "small",
                _ => new string(content, 5_000_000),
            }
        );

        var tree = await fixture.CloneAsync(Directory.CreateDirectory(Path.Combine(volume.Path, "clone")).FullName);

        Assert.True(tree.Failure?.Reason == reason, tree.Failure?.Message);
    }
}

using System.Text.Json.Nodes;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Cloning.Submodules;

/// <summary>What the status of a CodeRepo says of its submodules, through the whole operator.</summary>
[Trait("Category", "Slow")]
public sealed class SubmoduleStatusTests(KubeApiServer cluster)
{
    private static readonly string Unknown = new('1', 40);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_missing_is_said_until_it_is_there_and_an_update_that_requires_it_fails()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var lib = await GitProject.CreateAsync(Path.GetDirectoryName(fixture.Project.Bare)!, "lib.git");
        var commit = await lib.CommitAsync("lib.txt", "one");
        await fixture.Project.PinAsync("vendor/lib", "../lib.git", commit);
        await fixture.Project.PinAsync("vendor/gone", "../gone.git", Unknown);
        await fixture.StartReadyOperatorAsync();

        await fixture.CreateAsync();
        var message = await SeeContentAsync(fixture, "False", "spec.submodules");
        Assert.Contains("vendor/gone, vendor/lib", message, StringComparison.Ordinal);
        Assert.Null((await fixture.GetAsync()).Status!.Content);

        await fixture.PatchAsync(SpecOf("""{"submodules":{}}"""));
        message = await SeeContentAsync(fixture, "False", $"vendor/gone ({Reasons.RepositoryNotFound} at");
        Assert.DoesNotContain("vendor/lib", message, StringComparison.Ordinal);
        Assert.EndsWith("They are tried again.", message, StringComparison.Ordinal);
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        Assert.Equal(1, (await fixture.GetAsync()).Status!.Content?.Submodules);
        Assert.Equal("one", await File.ReadAllTextAsync(Path.Combine(fixture.Clone(), "vendor/lib/lib.txt"), Token));

        // The branch does not move: what is there by now is found all the same.
        var gone = await GitProject.CreateAsync(Path.GetDirectoryName(fixture.Project.Bare)!, "gone.git");
        var head = await fixture.Project.PinAsync("vendor/gone", "../gone.git", await gone.CommitAsync("gone.txt", "back"));
        Directory.Move(gone.Bare, gone.Bare + ".away");
        await fixture.RequestAsync("away");
        await fixture.SeeAsync("the update is there", repo => repo.Status?.Commit == head && repo.Status.LastHandledReconcileAt == "away");
        Directory.Move(gone.Bare + ".away", gone.Bare);
        await fixture.RequestAsync("back");
        await SeeContentAsync(fixture, "True", "submodules (2) included");
        Assert.Equal(2, (await fixture.GetAsync()).Status!.Content?.Submodules);
        Assert.Equal("back", await File.ReadAllTextAsync(Path.Combine(fixture.Clone(), "vendor/gone/gone.txt"), Token));
        await fixture.SeeCloneAsync(head);

        await fixture.PatchAsync(SpecOf("""{"lfs":{},"sparse":["src"]}"""));
        var some = await fixture.SeeAsync("it has none of them", repo =>
            repo.Status?.Content is { Submodules: 0, Lfs: { Files: 0, Bytes: 0 } }
        );
        Assert.Equal(["src"], some.Status!.Content!.Sparse);
        await fixture.PatchAsync(SpecOf("""{"lfs":null,"sparse":null}"""));
        await fixture.SeeAsync("it has all of them", repo => repo.Status?.Content is { Submodules: 2, Lfs: null, Sparse: null });

        await fixture.PatchAsync(SpecOf("""{"submodules":{"required":true}}"""));
        await fixture.SeeAsync("it is of the new spec", repo =>
            repo.Status?.ObservedGeneration == repo.Metadata.Generation
            && CloneFixture.Condition(repo, ConditionTypes.Ready)?.Status == "True"
        );
        await fixture.Project.PinAsync("vendor/gone", "../nowhere.git", Unknown);
        await fixture.RequestAsync("required");
        var stalled = await fixture.SeeConditionAsync(ConditionTypes.Stalled, "True", Reasons.RepositoryNotFound);
        Assert.StartsWith(
            "submodule vendor/gone: ",
            CloneFixture.Condition(stalled, ConditionTypes.Stalled)!.Message,
            StringComparison.Ordinal
        );
        await fixture.SeeCloneAsync(head);
    }

    private static async Task<string> SeeContentAsync(CloneFixture fixture, string status, string message)
    {
        var repo = await fixture.SeeAsync($"ContentComplete is {status}: {message}", repo =>
            CloneFixture.Condition(repo, ConditionTypes.ContentComplete) is { } content
            && content.Status == status
            && content.Message.Contains(message, StringComparison.Ordinal)
        );
        return CloneFixture.Condition(repo, ConditionTypes.ContentComplete)!.Message;
    }

    private static JsonObject SpecOf(string spec) => new() { ["spec"] = JsonNode.Parse(spec) };
}

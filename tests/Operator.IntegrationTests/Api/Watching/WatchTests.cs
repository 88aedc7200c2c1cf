using System.Net;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Monitoring;

namespace CodeRepoOperator.Api.Watching;

/// <summary>What callers are told of who watch a CodeRepo.</summary>
public sealed class WatchTests(EnsureFixture fixture) : IClassFixture<EnsureFixture>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_tells_of_the_tree_that_is_there_and_then_of_each_new_one()
    {
        var commit = await CloneAsync("followed");
        await using var watch = await WatchAsync("followed");
        Assert.Equal("text/event-stream", watch.Type);

        var (name, _, tree) = (await watch.NextAsync())!.Value;

        Assert.Equal(("published", commit, "main"), (name, tree.GetProperty("commit").GetString(), tree.GetProperty("branch").GetString()));
        Assert.Equal($"{fixture.Fixture.Namespace}/followed", tree.GetProperty("path").GetString());
        Assert.Equal(KubeApiServer.OperatorClaim, tree.GetProperty("claim").GetString());
        Assert.Equal(fixture.Fixture.Home, tree.GetProperty("namespace").GetString());
        await fixture.Fixture.SeeCloneAsync(commit, "followed");

        var pushed = await PushAsync("followed");
        var next = (await watch.NextAsync())!.Value;

        Assert.Equal(("published", pushed), (next.Name, next.Data.GetProperty("commit").GetString()));
        Assert.True(await fixture.CountedAsync("coderepo_api_watches") >= 1);
        Assert.True(await fixture.CountedAsync("coderepo_api_watch_events_total") >= 2);
    }

    [Fact]
    public async Task Who_says_which_tree_is_known_is_told_of_others_only()
    {
        await CloneAsync("known");
        await using var first = await WatchAsync("known");
        var known = (await first.NextAsync())!.Value.Id;
        await using var again = await WatchAsync("known", known);
        await again.BeginAsync();

        // One that was lost and is made again is the same tree.
        fixture.Fixture.LoseClone("known");
        Assert.True((await fixture.EnsureAsync("known")).Body.GetProperty("recloned").GetBoolean());
        await fixture.Fixture.SeeAsync("it in the status", repo => repo.Status?.Reclones == 1, "known");
        var pushed = await PushAsync("known");

        var (name, id, tree) = (await again.NextAsync())!.Value;
        Assert.Equal(("published", pushed), (name, tree.GetProperty("commit").GetString()));
        Assert.NotEqual(known, id);

        // What was published while nobody listened is told of when somebody does.
        await using var late = await WatchAsync("known", known);
        Assert.Equal(id, (await late.NextAsync())!.Value.Id);
    }

    [Fact]
    public async Task A_CodeRepo_without_a_clone_is_watched_until_it_has_one()
    {
        await fixture.Fixture.CreateAsync(repo => (repo.Metadata.Name, repo.Spec.Policy) = ("later", ClonePolicy.OnDemand));
        await fixture.Fixture.SeeAsync("it waits", repo => repo.Status is not null, "later");
        await using var watch = await WatchAsync("later");
        await watch.BeginAsync();
        Assert.False(Directory.Exists(fixture.Fixture.Clone("later")));

        Assert.Equal(HttpStatusCode.OK, (await fixture.EnsureAsync("later")).Status);

        Assert.Equal("published", (await watch.NextAsync())!.Value.Name);
    }

    [Fact]
    public async Task The_end_of_a_CodeRepo_ends_the_stream()
    {
        await CloneAsync("ending");
        await using var watch = await WatchAsync("ending");
        Assert.Equal("published", (await watch.NextAsync())!.Value.Name);

        await fixture.Fixture.DeleteAsync("ending");

        Assert.Equal("deleted", (await watch.NextAsync())!.Value.Name);
        Assert.Null(await watch.NextAsync());
        await Eventually.HoldsAsync("its place is free", async _ => await IsRefusedAsync("ending"), CloneFixture.Soon, Ended);
    }

    [Fact]
    public async Task Who_may_not_ensure_a_CodeRepo_may_not_watch_it()
    {
        await CloneAsync("guarded");
        await fixture.Callers.MakeAccountAsync(fixture.Fixture.Namespace, "stranger");
        var stranger = await fixture.Callers.TokenAsync(fixture.Fixture.Namespace, "stranger");

        Assert.Equal(HttpStatusCode.Unauthorized, (await fixture.SendAsync(HttpMethod.Get, PathOf("guarded"), token: null)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await fixture.SendAsync(HttpMethod.Get, PathOf("guarded"), stranger)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await fixture.SendAsync(HttpMethod.Get, PathOf("absent"), stranger)).Status);
        var absent = await fixture.SendAsync(HttpMethod.Get, PathOf("absent"), fixture.Token);
        Assert.Equal((HttpStatusCode.NotFound, "NotFound"), (absent.Status, absent.Reason));
        var odd = await fixture.SendAsync(HttpMethod.Get, PathOf("No_Name"), fixture.Token);
        Assert.Equal((HttpStatusCode.BadRequest, "InvalidRequest"), (odd.Status, odd.Reason));
        Assert.True(await fixture.CountedAsync("coderepo_api_watch_requests_total{result=\"refused\"}") >= 5);
    }

    [Fact]
    public async Task The_commands_of_the_guide_tell_of_the_tree()
    {
        var commit = await CloneAsync("hello");
        using var home = new TemporaryDirectory();
        var token = Path.Combine(home.Path, "token");
        await File.WriteAllTextAsync(token, fixture.Token, Ended);
        var blocks = GuideBlock.Of("docs/watch.md", "sh").Select(block => string.Join('\n', block.Lines)).ToList();
        Assert.Equal(2, blocks.Count);

        Assert.Contains($"\"commit\":\"{commit}\"", await RunAsync(blocks[0]), StringComparison.Ordinal);
        Assert.Equal($"{commit} is at {fixture.Fixture.Namespace}/hello\n", await ReindexAsync());

        // It goes on where it was.
        var pushed = await PushAsync("hello");
        Assert.Equal($"{pushed} is at {fixture.Fixture.Namespace}/hello\n", await ReindexAsync());

        async Task<string> RunAsync(string script) =>
            (await ProcessRunner.RunAsync("bash", ["-euo", "pipefail", "-c", Here(script)], Environment, "", Ended)).OutputOrThrow();

        // The program goes on for ever; it is done here when it has remembered the tree.
        Task<string> ReindexAsync() =>
            RunAsync(
                $"""
                before=$(cat /tmp/hello.id 2>/dev/null || true)
                {blocks[1]} &
                trap "kill $!" EXIT
                until [ "$(cat /tmp/hello.id 2>/dev/null)" != "$before" ]; do kill -0 $!; sleep 0.05; done
                """
            );

        string Here(string script) =>
            script
                .Replace("/tmp", home.Path, StringComparison.Ordinal)
                .Replace("examples/reindex.py", Checkout.PathOf("examples/reindex.py"), StringComparison.Ordinal)
                .Replace(
                    "http://coderepo-operator-api.coderepo-system.svc:8080",
                    fixture.Http.BaseAddress!.ToString().TrimEnd('/'),
                    StringComparison.Ordinal
                )
                .Replace("default/hello", $"{fixture.Fixture.Namespace}/hello", StringComparison.Ordinal)
                .Replace("namespaces/default", $"namespaces/{fixture.Fixture.Namespace}", StringComparison.Ordinal)
                .Replace("/var/run/secrets/coderepo/token", token, StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Environment { get; } = new() { ["PATH"] = "/usr/bin:/bin" };

    private string PathOf(string name) => $"/v1/namespaces/{fixture.Fixture.Namespace}/coderepos/{name}/watch";

    private Task<OpenWatch> WatchAsync(string name, string? lastEventId = null) =>
        OpenWatch.StartAsync(fixture.Http.BaseAddress!, PathOf(name), fixture.Token, lastEventId, Ended);

    private async Task<bool> IsRefusedAsync(string name) =>
        (await fixture.SendAsync(HttpMethod.Get, PathOf(name), fixture.Token)).Status == HttpStatusCode.NotFound;

    private async Task<string> CloneAsync(string name)
    {
        await fixture.Fixture.CreateAsync(repo => repo.Metadata.Name = name);
        return (await fixture.Fixture.SeeAsync("it is cloned", repo => repo.Status?.Commit is not null, name)).Status!.Commit!;
    }

    /// <summary>Pushes a commit, and has the CodeRepo updated.</summary>
    private async Task<string> PushAsync(string name)
    {
        var pushed = await fixture.Fixture.Project.CommitAsync("src/pushed.txt", $"{name} {Guid.NewGuid()}\n");
        await fixture.Fixture.PatchAsync(
            new { metadata = new { annotations = new Dictionary<string, string> { [CodeRepo.RequestedAtAnnotation] = pushed } } },
            name
        );
        return pushed;
    }
}

using CodeRepoOperator.Api;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Ensure;

/// <summary>The command that init containers run, with the operator's API and its volume.</summary>
[Trait("Category", "Slow")]
public sealed class EnsureCommandTests(EnsureFixture fixture) : IClassFixture<EnsureFixture>, IDisposable
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "coderepo-operator");

    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_clone_that_is_there_is_found_without_asking_anybody(bool isPart)
    {
        await CloneAsync("found");
        var store = isPart ? Path.GetDirectoryName(fixture.Fixture.Clone("found"))! : fixture.Fixture.Store;
        var outcome = await RunAsync("found", "--store", store, "--api", "http://127.0.0.1:1", "--token-file", "/no/such");
        Assert.Equal((0, fixture.Fixture.Clone("found") + "\n", ""), (outcome.ExitCode, outcome.Output, outcome.Error));
    }

    [Fact]
    public async Task One_that_is_lost_is_had_from_the_API()
    {
        await CloneAsync("lost");
        fixture.Fixture.LoseClone("lost");
        var outcome = await AskAsync("lost");
        Assert.Equal((0, fixture.Fixture.Clone("lost") + "\n"), (outcome.ExitCode, outcome.Output));
    }

    [Fact]
    public async Task One_that_nobody_asked_for_before_is_had_too()
    {
        await fixture.Fixture.CreateAsync(repo => (repo.Metadata.Name, repo.Spec.Policy) = ("slow", ClonePolicy.OnDemand));
        await fixture.Fixture.SeeAsync(
            "it waits",
            repo => CloneFixture.Condition(repo, ConditionTypes.Ready)?.Reason == Reasons.NotRequested,
            "slow"
        );
        var outcome = await AskAsync("slow");
        Assert.Equal((0, fixture.Fixture.Clone("slow") + "\n"), (outcome.ExitCode, outcome.Output));
    }

    /// <summary>The operator that runs holds the lock: two that write would be one too many.</summary>
    [Fact]
    public async Task While_an_operator_holds_the_store_nothing_is_written_and_the_API_is_asked()
    {
        await CloneAsync("locked");
        var uid = (await fixture.Fixture.GetAsync("locked")).Metadata.Uid;
        fixture.Fixture.LoseClone("locked");
        var outcome = await RunAsync(
            "locked",
            "--store",
            fixture.Fixture.Store,
            "--api",
            "http://127.0.0.1:1",
            "--token-file",
            await TokenAsync(fixture.Token),
            "--wait",
            "1s",
            "--url",
            fixture.Fixture.Server.UrlOf("hello.git"),
            "--uid",
            uid
        );
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("the API can't be reached", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clone_of_something_else_is_none_and_the_CodeRepo_decides_what_the_operator_makes()
    {
        await CloneAsync("other-branch");
        var outcome = await RunAsync(
            "other-branch",
            "--store",
            fixture.Fixture.Store,
            "--api",
            Api,
            "--token-file",
            await TokenAsync(fixture.Token),
            "--wait",
            "5m",
            "--branch",
            "two"
        );
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Output));
        Assert.Contains("change the spec, or leave out the options", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("is of the branch main, not two", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Why_it_can_not_be_had_is_reported_at_once()
    {
        var missing = await AskAsync("no-such");
        Assert.Equal(1, missing.ExitCode);
        Assert.Contains("NotFound: ", missing.Error, StringComparison.Ordinal);

        await fixture.Fixture.CreateAsync(repo => (repo.Metadata.Name, repo.Spec.Branch) = ("branchless", "no-such-branch"));
        var failed = await AskAsync("branchless");
        Assert.Equal(1, failed.ExitCode);
        Assert.Contains("BranchNotFound: ", failed.Error, StringComparison.Ordinal);
        Assert.Contains("later than --wait", failed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_good_token_there_is_nothing_to_wait_for()
    {
        var refused = await RunAsync(
            "lost-token",
            "--store",
            fixture.Fixture.Store,
            "--api",
            Api,
            "--token-file",
            await TokenAsync("made-up")
        );
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("Unauthenticated: ", refused.Error, StringComparison.Ordinal);

        var none = await RunAsync("lost-token", "--store", fixture.Fixture.Store, "--api", Api, "--token-file", "/no/such");
        Assert.Equal(1, none.ExitCode);
        Assert.Contains("--token-file", none.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", none.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_API_that_is_away_is_waited_for_and_reported()
    {
        var outcome = await RunAsync(
            "away",
            "--store",
            fixture.Fixture.Store,
            "--api",
            "http://127.0.0.1:1",
            "--token-file",
            await TokenAsync(fixture.Token),
            "--wait",
            "1500ms"
        );
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("the API can't be reached", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clone_that_is_not_to_be_seen_is_no_success()
    {
        await CloneAsync("elsewhere");
        var outcome = await RunAsync(
            "elsewhere",
            "--store",
            _directory.New("another-volume"),
            "--api",
            Api,
            "--token-file",
            await TokenAsync(fixture.Token),
            "--wait",
            "1s"
        );
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("but it is not in", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_wrong_with_the_call_is_reported_with_how_it_is_meant()
    {
        var outcome = await RunAsync("hello");
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains("by --store DIR", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("usage: coderepo-operator ensure", outcome.Error, StringComparison.Ordinal);
    }

    private string Api => fixture.Http.BaseAddress!.ToString();

    private async Task CloneAsync(string name)
    {
        if ((await fixture.Fixture.ListAsync()).All(repo => repo.Metadata.Name != name))
        {
            await fixture.Fixture.CreateAsync(repo => repo.Metadata.Name = name);
        }

        await fixture.Fixture.SeeAsync("it is cloned", repo => CloneFixture.Condition(repo, ConditionTypes.Ready)?.Status == "True", name);
    }

    private async Task<ProcessOutcome> AskAsync(string name) =>
        await RunAsync(
            name,
            "--store",
            fixture.Fixture.Store,
            "--api",
            Api,
            "--token-file",
            await TokenAsync(fixture.Token),
            "--wait",
            "30s"
        );

    private async Task<string> TokenAsync(string token)
    {
        var file = Path.Combine(_directory.Path, Guid.NewGuid().ToString("n"));
        await File.WriteAllTextAsync(file, token + "\n", Ended);
        return file;
    }

    private Task<ProcessOutcome> RunAsync(string name, params string[] arguments) =>
        ProcessRunner.RunAsync(
            Program,
            ["ensure", $"{fixture.Fixture.Namespace}/{name}", .. arguments],
            new Dictionary<string, string>(),
            "",
            Ended
        );
}

using System.Text.RegularExpressions;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Monitoring;

/// <summary>
/// What runbooks and docs/operations.md tell people to run works, as far as it needs no pods: the rest needs a cluster that has some.
/// </summary>
[Trait("Category", "Slow")]
public sealed partial class GuideCommandsTests(KubeApiServer cluster, PostgresServer server)
{
    /// <summary>What only a cluster with nodes, or Helm's release, can respond.</summary>
    private static readonly string[] OfPods = [" logs ", " rollout ", " scale ", " delete ", "--for=delete", "helm "];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Commands_that_ask_the_API_server_or_the_operator_respond()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        using var home = new TemporaryDirectory();
        var running = await fixture.StartReadyOperatorAsync();
        await fixture.CreateAsync();
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        foreach (var endpoint in new[] { "metrics", "readyz", "healthz" })
        {
            await File.WriteAllTextAsync(Path.Combine(home.Path, endpoint), (await running.GetAsync($"/{endpoint}", Token)).Body, Token);
        }

        var environment = await EnvironmentAsync(fixture.Namespace, home.Path);
        var ran = 0;
        foreach (
            var command in GuideBlock
                .Pages.SelectMany(page => GuideBlock.Of(page, "sh"))
                .SelectMany(block => block.Lines)
                .Where(line => !NeedsPods(line) && !NeedsNewerKubernetes(line))
        )
        {
            // The proxy leads to a pod; what it gives was asked for above.
            var script = "set -euo pipefail; " + ProxyPattern().Replace(command, $"cat {home.Path}/");
            var outcome = await ProcessRunner.RunAsync("bash", ["-c", script], environment, "", Token);
            Assert.True(outcome.ExitCode == 0, $"{command}\n{outcome.Output}{outcome.Error}");
            ran++;
        }

        Assert.InRange(ran, 20, int.MaxValue);
        Assert.Equal("True", CloneFixture.Condition(await fixture.GetAsync(), ConditionTypes.Ready)?.Status);
    }

    [Fact]
    public async Task What_the_failing_CodeRepos_are_is_shown_with_reason_and_message()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        using var home = new TemporaryDirectory();
        await fixture.StartReadyOperatorAsync();
        await fixture.CreateAsync(repo => repo.Spec.Branch = "no-such-branch");
        await fixture.SeeConditionAsync(ConditionTypes.Stalled, "True", Reasons.BranchNotFound);
        var command = GuideBlock.Of("docs/runbooks/CodeRepoCloneFailing.md", "sh")[0].Lines[0];

        var outcome = await ProcessRunner.RunAsync(
            "bash",
            ["-c", command],
            await EnvironmentAsync(fixture.Namespace, home.Path),
            "",
            Token
        );

        var line = Assert.Single(outcome.OutputOrThrow().Split('\n'), line =>
            line.StartsWith($"{fixture.Namespace}/hello ", StringComparison.Ordinal)
        );
        Assert.Contains($" {Reasons.BranchNotFound} ", line, StringComparison.Ordinal);
        Assert.Contains("no-such-branch", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Statements_find_what_they_are_there_to_find()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        var stuck = await fixture.AddStuckAsync();
        await fixture.Database.RunAsync(
            "INSERT INTO repositories (id, status, indexing_resets) VALUES ('4c4c30e1-0000-4000-8000-000000000003', 'error', 6)",
            Token
        );
        var givenUp = Statements("docs/runbooks/IndexingRowsExhausted.md");

        Assert.Equal(Guid.Parse("4c4c30e1-0000-4000-8000-000000000003"), await fixture.Database.ReadAsync<Guid>(givenUp[0], Token));
        await fixture.Database.RunAsync(givenUp[1], Token);
        Assert.Equal(0L, await fixture.Database.ReadAsync<long>("SELECT count(*) FROM repositories WHERE indexing_resets > 0", Token));
        var ofStuck = Statements("docs/runbooks/IndexingRowsStuck.md");
        await fixture.Database.RunAsync(ofStuck[0], Token);
        Assert.Equal(stuck, await fixture.Database.ReadAsync<Guid>(ofStuck[1], Token));
        Assert.Equal(
            "indexing_heartbeat_at",
            await fixture.Database.ReadAsync<string>(Assert.Single(Statements("docs/runbooks/IndexingRecoveryDegraded.md")), Token)
        );
        Assert.Equal(5, GuideBlock.Pages.Sum(page => GuideBlock.Of(page, "sql").Count));
    }

    private static IReadOnlyList<string> Statements(string page) =>
        [.. GuideBlock.Of(page, "sql").Select(block => string.Join('\n', block.Lines))];

    /// <summary>For fields that can be selected: NewerKubernetesTests selects by them.</summary>
    private static bool NeedsNewerKubernetes(string command) => command.Contains("--field-selector status.", StringComparison.Ordinal);

    private static bool NeedsPods(string command) => OfPods.Any(word => command.Contains(word, StringComparison.Ordinal));

    /// <summary>A shell whose kubectl has the test's namespace for the one that it speaks of without being reported.</summary>
    private async Task<Dictionary<string, string>> EnvironmentAsync(string ofNamespace, string home)
    {
        var path = (
            await ProcessRunner.RunAsync(
                "bash",
                [Checkout.PathOf("hack/control-plane.sh"), "assets"],
                new Dictionary<string, string>(),
                "",
                Token
            )
        )
            .OutputOrThrow()
            .Trim();
        var kubeconfig = Path.Combine(home, "kubeconfig");
        File.Copy(cluster.AdminKubeconfig, kubeconfig);
        var environment = new Dictionary<string, string>
        {
            ["PATH"] = $"{path}:{Environment.GetEnvironmentVariable("PATH")}",
            ["HOME"] = home,
            ["KUBECONFIG"] = kubeconfig,
        };
        (
            await ProcessRunner.RunAsync(
                "bash",
                ["-c", $"kubectl config set-context --current --namespace={ofNamespace}"],
                environment,
                "",
                Token
            )
        ).OutputOrThrow();
        return environment;
    }

    [GeneratedRegex(
        "kubectl get --raw /api/v1/namespaces/coderepo-system/services/coderepo-operator-metrics:metrics/proxy/",
        RegexOptions.NonBacktracking
    )]
    private static partial Regex ProxyPattern();
}

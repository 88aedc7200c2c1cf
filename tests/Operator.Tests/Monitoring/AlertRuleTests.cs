using System.Text.RegularExpressions;

namespace CodeRepoOperator.Monitoring;

/// <summary>Each alert says what is wrong, how bad it is, and where the way out stands.</summary>
public sealed partial class AlertRuleTests
{
    private const string RunbookHome = "https://github.com/coderepo-operator/coderepo-operator/blob/main/";

    /// <summary>As the runbooks of the Prometheus operator have them.</summary>
    private static readonly string[] RunbookHeadings = ["## Meaning", "## Impact", "## Diagnosis", "## Mitigation"];

    public static TheoryData<string> Names => [.. AlertRule.Names];

    [Fact]
    public void The_alerts_are_those_that_operators_were_promised() =>
        Assert.Equal(
            [
                "CodeRepoCloneFailing",
                "CodeRepoDescriptorsScarce",
                "CodeRepoIndexerPodsUnknown",
                "CodeRepoLoopFailing",
                "CodeRepoOperatorDown",
                "CodeRepoRecloneStorm",
                "CodeRepoReconcileBacklog",
                "CodeRepoRowsNotDeclared",
                "CodeRepoStoreAlmostFull",
                "CodeRepoStoreInodesLow",
                "CodeRepoVerificationUnsupported",
                "CodeRepoWatchStalled",
                "IndexingRecoveryDegraded",
                "IndexingRowsExhausted",
                "IndexingRowsStuck",
                "IndexingSweepFailing",
            ],
            AlertRule.Names.Order(StringComparer.Ordinal)
        );

    [Theory]
    [MemberData(nameof(Names))]
    public void Its_severity_is_one_that_routes_know_and_no_two_rules_of_a_name_share_it(string name)
    {
        var severities = RulesOf(name).Select(rule => rule.Labels["severity"]).ToList();

        Assert.Empty(severities.Except(["warning", "critical"]));
        Assert.Equal(severities.Distinct(), severities);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void It_has_a_summary_a_description_and_the_address_of_its_runbook(string name) => Assert.All(RulesOf(name), rule =>
        {
            Assert.Equal(["description", "runbook_url", "summary"], rule.Annotations.Keys.Order(StringComparer.Ordinal));
            Assert.All(rule.Annotations.Values, text => Assert.False(string.IsNullOrWhiteSpace(text)));
            Assert.Equal($"{RunbookHome}docs/runbooks/{name}.md", rule.Annotations["runbook_url"]);
        });

    [Theory]
    [MemberData(nameof(Names))]
    public void Its_runbook_has_the_headings_that_one_looks_for_and_nothing_empty(string name)
    {
        var lines = File.ReadAllLines(Checkout.PathOf($"docs/runbooks/{name}.md"));

        Assert.Equal($"# {name}", lines[0]);
        Assert.Equal(RunbookHeadings, lines.Where(line => line.StartsWith("## ", StringComparison.Ordinal)));
        var paragraphs = string.Join('\n', lines).Split("\n\n");
        Assert.All(RunbookHeadings, heading =>
            Assert.False(paragraphs[Array.IndexOf(paragraphs, heading) + 1].StartsWith('#'), $"nothing below {heading}")
        );
    }

    [Fact]
    public void Every_runbook_is_of_an_alert() =>
        Assert.Equal(
            AlertRule.Names.Order(StringComparer.Ordinal),
            Directory.GetFiles(Checkout.PathOf("docs/runbooks")).Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal)
        );

    [Theory]
    [MemberData(nameof(Names))]
    public void It_distinguishes_releases_and_waits_for_none_by_name(string name) => Assert.All(RulesOf(name), rule =>
        {
            var query = PromQuery.Parse(rule.Expr);
            Assert.DoesNotContain(query.Selectors.SelectMany(selector => selector.Labels), label =>
                label is "namespace" or "job" or "pod" or "instance"
            );
            Assert.All(query.Groupings, grouping => Assert.Empty(new[] { "namespace", "job" }.Except(grouping.Labels)));
            Assert.NotEmpty(query.Groupings);
        });

    /// <summary>A rule that goes by what changes at a restart would begin to wait anew, or tell of two where there is one.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Its_labels_outlive_a_restart(string name) =>
        Assert.All(RulesOf(name), rule =>
            Assert.DoesNotContain("instance", PromQuery.Parse(rule.Expr).Groupings.SelectMany(grouping => grouping.Labels))
        );

    [Fact]
    public void The_comments_of_the_file_name_no_other_place_for_runbooks() =>
        Assert.All(UrlPattern().Matches(File.ReadAllText(Checkout.PathOf(AlertRule.Path))), url =>
            Assert.StartsWith(RunbookHome, url.Value, StringComparison.Ordinal)
        );

    private static IEnumerable<AlertRule> RulesOf(string name) => AlertRule.All.Where(rule => rule.Alert == name);

    [GeneratedRegex(@"https?://\S+", RegexOptions.NonBacktracking)]
    private static partial Regex UrlPattern();
}

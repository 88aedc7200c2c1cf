using System.Reflection;
using CodeRepoOperator.Docs;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Monitoring;

/// <summary>docs/operations.md leaves nobody alone with a reason or an alert.</summary>
public sealed class OperationsGuideTests
{
    private static readonly MarkdownPage Guide = new("docs/operations.md");

    [Fact]
    public void Every_reason_has_somebody_whose_turn_it_is()
    {
        var reasons = typeof(Reasons)
            .GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(reason => (string)reason.GetRawConstantValue()!)
            .ToList();

        Assert.Empty(reasons.Except(Guide.Described));
        Assert.All(Guide.Rows.Where(row => reasons.Contains(row[0].Split(", ")[0].Trim('`'))), row =>
            Assert.Contains("conditions.md#", row[^1], StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Every_alert_is_listed_with_its_severities_and_its_runbook()
    {
        foreach (var rules in AlertRule.All.GroupBy(rule => rule.Alert))
        {
            var severities = string.Join(", ", rules.Select(rule => rule.Labels["severity"]));
            Assert.Contains($"| [{rules.Key}](runbooks/{rules.Key}.md) | {severities} |", Guide.Text, StringComparison.Ordinal);
        }
    }
}

using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace CodeRepoOperator.Monitoring;

/// <summary>An alert of the chart's rule file.</summary>
internal sealed class AlertRule
{
    /// <summary>The rule file, relative to the root of the checkout.</summary>
    public const string Path = "charts/coderepo-operator/monitoring/alerts.yaml";

    /// <summary>Its name. Two rules may share one, with different severities.</summary>
    public string Alert { get; init; } = "";

    /// <summary>When it is pending, in Prometheus' language.</summary>
    public string Expr { get; init; } = "";

    /// <summary>How long it is pending before it fires; empty: it fires at once.</summary>
    public string For { get; init; } = "";

    /// <summary>What is put on it beside the labels of the expression.</summary>
    public Dictionary<string, string> Labels { get; init; } = [];

    /// <summary>What it says.</summary>
    public Dictionary<string, string> Annotations { get; init; } = [];

    /// <summary>All alerts, in the order of the file.</summary>
    public static IReadOnlyList<AlertRule> All { get; } = [.. Read().SelectMany(group => group.Rules)];

    /// <summary>The names of all alerts.</summary>
    public static IEnumerable<string> Names => All.Select(rule => rule.Alert).Distinct(StringComparer.Ordinal);

    private static List<Group> Read() =>
        new DeserializerBuilder()
            .WithNamingConvention(CamelCaseNamingConvention.Instance)
            .Build()
            .Deserialize<RuleFile>(File.ReadAllText(Checkout.PathOf(Path)))
            .Groups;

    private sealed class RuleFile
    {
        public List<Group> Groups { get; init; } = [];
    }

    private sealed class Group
    {
        public string Name { get; init; } = "";

        public List<AlertRule> Rules { get; init; } = [];
    }
}

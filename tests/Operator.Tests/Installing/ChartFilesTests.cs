using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using CodeRepoOperator.Docs;

namespace CodeRepoOperator.Installing;

/// <summary>The files of the chart say the same as each other, and as what they were made of.</summary>
public sealed partial class ChartFilesTests
{
    private const string Chart = "charts/coderepo-operator";

    [Fact]
    public void The_CRD_in_the_chart_is_the_one_of_config_to_the_byte() =>
        Assert.Equal(Read("config/crd/coderepo.dev_coderepos.yaml"), Read($"{Chart}/files/coderepo.dev_coderepos.yaml"));

    [Fact]
    public void The_alerts_of_config_are_those_of_the_chart() =>
        Assert.Equal(
            Manifest.Parse(Read($"{Chart}/monitoring/alerts.yaml")).Single()["groups"]?.ToJsonString(),
            Manifest.Parse(Read("config/monitoring/prometheus_rule.yaml")).Single()["spec"]!["groups"]?.ToJsonString()
        );

    [Fact]
    public void Each_value_is_in_the_schema_and_the_other_way_round()
    {
        var values = Manifest.Parse(Read($"{Chart}/values.yaml")).Single();
        var schema = JsonNode.Parse(Read($"{Chart}/values.schema.json"))!.AsObject();
        // Helm's own.
        schema["properties"]!.AsObject().Remove("global");

        Assert.Equal(PathsIn(schema).Order(StringComparer.Ordinal), PathsOf(values, schema).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Each_value_in_the_schema_has_a_description()
    {
        var schema = JsonNode.Parse(Read($"{Chart}/values.schema.json"))!.AsObject();

        Assert.All(Described(schema), value => Assert.EndsWith(".", value.Value?.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void The_README_describes_each_value_as_its_comment_does()
    {
        var readme = new MarkdownPage($"{Chart}/README.md");
        var comments = CommentPattern()
            .Matches(Read($"{Chart}/values.yaml"))
            .Select(comment => $"{comment.Groups["name"]}: {comment.Groups["text"]}");

        Assert.Equal(comments, readme.Rows.Select(row => $"{row[0].Trim().Trim('`')}: {row[1].Trim()}"));
        Assert.Empty(readme.BrokenLinks);
    }

    [Fact]
    public void Chart_image_and_program_have_one_version()
    {
        var version = XDocument.Load(Checkout.PathOf("Directory.Build.props")).Descendants("Version").Single().Value;
        var chart = Manifest.Parse(Read($"{Chart}/Chart.yaml")).Single();

        Assert.Equal((version, version), (chart["version"]!.ToString(), chart["appVersion"]!.ToString()));
        Assert.Contains($"image: coderepo-operator:{version}\n", Read("config/manager/stateful_set.yaml"), StringComparison.Ordinal);
        Assert.Contains($"newTag: {version}\n", Read("config/default/kustomization.yaml"), StringComparison.Ordinal);
    }

    private static string Read(string path) => File.ReadAllText(Checkout.PathOf(path));

    /// <summary>The paths of all values that a schema names: down to where anything may stand.</summary>
    private static IEnumerable<string> PathsIn(JsonNode schema, string below = "") =>
        schema["properties"] is JsonObject fields && schema["additionalProperties"] is JsonValue && !IsKubernetes(below)
            ? fields.SelectMany(field => PathsIn(field.Value!, $"{below}.{field.Key}"))
            : [below];

    /// <summary>The paths of all values that there are, as deep as the schema goes.</summary>
    private static IEnumerable<string> PathsOf(JsonNode? values, JsonNode? schema, string below = "") =>
        values is JsonObject fields
        && schema?["properties"] is not null
        && schema["additionalProperties"] is JsonValue
        && !IsKubernetes(below)
            ? fields.SelectMany(field => PathsOf(field.Value, schema["properties"]![field.Key], $"{below}.{field.Key}"))
            : [below];

    /// <summary>Whether it is Kubernetes' own, which needs not all be in the values.</summary>
    private static bool IsKubernetes(string path) => path == ".resources";

    private static IEnumerable<KeyValuePair<string, JsonNode?>> Described(JsonNode schema, string below = "") =>
        schema["properties"] is JsonObject fields && !IsKubernetes(below)
            ? fields.SelectMany(field =>
                Described(field.Value!, $"{below}.{field.Key}").Append(KeyValuePair.Create(field.Key, field.Value!["description"]))
            )
            : [];

    [GeneratedRegex(
        @"^## @param (?<name>\S+) (\[object\] )?(?<text>.*)$",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex CommentPattern();
}

using System.Text.Json.Nodes;

namespace CodeRepoOperator.Installing;

/// <summary>
/// <c>kubectl apply -k config/default</c> gives what <c>helm install coderepo-operator</c> in coderepo-system gives, its components what
/// the chart's switches give. What differs is listed here.
/// </summary>
public sealed class ChartKustomizeTests(KubeApiServer cluster) : IDisposable
{
    /// <summary>They say which release of which chart an object is of. With kustomize there is one, so selectors do without.</summary>
    private static readonly string[] LabelsOfHelm =
    [
        "app.kubernetes.io/instance",
        "app.kubernetes.io/version",
        "app.kubernetes.io/managed-by",
        "helm.sh/chart",
    ];

    private readonly ChartFixture _fixture = new(cluster);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("monitoring", "metrics.serviceMonitor.enabled=true,metrics.prometheusRule.enabled=true")]
    [InlineData("indexing", "database.existingSecret=coderepo-operator-database")]
    public async Task Both_give_the_same_objects(string component, string values = "")
    {
        var chart = await _fixture.TemplateAsync("helm", "coderepo-operator", KubeApiServer.OperatorNamespace, "--set", values);
        var kustomized = Manifest.Parse(await cluster.Kubectl.RunAsync(["kustomize", WithComponent(component)], Token));

        var ofChart = chart
            // kustomize runs nothing before an upgrade and after a delete.
            .Where(item => !Manifest.IsHook(item))
            .ToDictionary(Manifest.NameOf, Normalised);
        var ofKustomize = kustomized
            // helm install --create-namespace makes it, without labels: docs/install.md has the command for them.
            .Where(item => item["kind"]!.ToString() != "Namespace")
            .ToDictionary(Manifest.NameOf, Normalised);

        Assert.Equal(ofKustomize.Keys.Order(StringComparer.Ordinal), ofChart.Keys.Order(StringComparer.Ordinal));
        Assert.All(ofKustomize, item => Assert.Equal(item.Value, ofChart[item.Key]));
    }

    /// <summary>What a user writes who wants a component.</summary>
    private string WithComponent(string component)
    {
        string Config(string directory) => Path.GetRelativePath(_fixture.Directory, Checkout.PathOf($"config/{directory}"));
        var components = component.Length == 0 ? "" : $"components: [{Config(component)}]\n";
        File.WriteAllText(
            Path.Combine(_fixture.Directory, "kustomization.yaml"),
            $"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [{Config("default")}]\n{components}"
        );
        return _fixture.Directory;
    }

    private static string Normalised(JsonObject item)
    {
        var metadata = item["metadata"]!.AsObject();
        if (item["kind"]!.ToString() == "CustomResourceDefinition")
        {
            // Helm finds by labels and annotations what it keeps; kubectl delete -k asks nobody.
            metadata.Remove("labels");
            metadata.Remove("annotations");
        }

        return Sorted(item).ToJsonString();
    }

    /// <summary>The same with keys in order, with named items of lists in order, and without Helm's labels.</summary>
    private static JsonNode Sorted(JsonNode node) =>
        node switch
        {
            JsonObject fields => new JsonObject(
                fields
                    .Where(field => !LabelsOfHelm.Contains(field.Key))
                    .OrderBy(field => field.Key, StringComparer.Ordinal)
                    .Select(field => KeyValuePair.Create(field.Key, field.Value is null ? null : Sorted(field.Value)))
            ),
            JsonArray items => new JsonArray([
                .. items.OrderBy(item => (item as JsonObject)?["name"]?.ToString(), StringComparer.Ordinal).Select(item => Sorted(item!)),
            ]),
            _ => node.DeepClone(),
        };
}

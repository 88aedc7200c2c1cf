using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using CodeRepoOperator.Entities;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace CodeRepoOperator.Machinery.Cluster;

/// <summary>The CRD of a cluster, changed by hand for a test and put back after it: where no other test runs beside.</summary>
internal sealed class CustomResourceDefinition : IAsyncDisposable
{
    private const string Name = $"{CodeRepo.Plural}.{CodeRepo.Group}";
    private const string Properties = "/spec/versions/0/schema/openAPIV3Schema/properties";

    /// <summary>What is opened: a field of the spec and one of the status.</summary>
    private static readonly string[] Paths = [$"{Properties}/spec/properties/depth", $"{Properties}/status/properties/conditions"];

    private readonly KubeApiServer _cluster;
    private readonly JsonNode _definition;
    private readonly string _namespace;

    private CustomResourceDefinition(KubeApiServer cluster, JsonNode definition, string ofNamespace) =>
        (_cluster, _definition, _namespace) = (cluster, definition, ofNamespace);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Makes the API server take whatever stands in <c>spec.depth</c> and <c>status.conditions</c>.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="ofNamespace">A namespace to try it in.</param>
    public static async Task<CustomResourceDefinition> RelaxAsync(KubeApiServer cluster, string ofNamespace)
    {
        var definition = await cluster.Admin.CustomObjects.GetClusterCustomObjectAsync<JsonObject>(
            "apiextensions.k8s.io",
            "v1",
            "customresourcedefinitions",
            Name,
            Token
        );
        var relaxed = new CustomResourceDefinition(cluster, definition, ofNamespace);
        await relaxed.PatchAsync(_ => JsonNode.Parse("""{"x-kubernetes-preserve-unknown-fields":true}""")!);
        await relaxed.SeeAsync(isTaken: true);
        return relaxed;
    }

    /// <summary>Puts it back as it was.</summary>
    public async Task RestoreAsync()
    {
        await PatchAsync(path =>
            path.Split('/', StringSplitOptions.RemoveEmptyEntries)
                .Aggregate(_definition, (node, name) =>
                    (node is JsonArray items ? items[int.Parse(name, CultureInfo.InvariantCulture)] : node[name])!
                )
                .DeepClone()
        );
        await SeeAsync(isTaken: false);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync() => await RestoreAsync();

    private async Task PatchAsync(Func<string, JsonNode> schemaOf)
    {
        var patch = new JsonArray([
            .. Paths.Select(path => new JsonObject
            {
                ["op"] = "replace",
                ["path"] = path,
                ["value"] = schemaOf(path),
            }),
        ]);
        await _cluster.Admin.CustomObjects.PatchClusterCustomObjectAsync(
            new V1Patch(patch.ToJsonString(), V1Patch.PatchType.JsonPatch),
            "apiextensions.k8s.io",
            "v1",
            "customresourcedefinitions",
            Name,
            cancellationToken: Token
        );
    }

    /// <summary>A new schema counts a moment after it was written.</summary>
    private Task SeeAsync(bool isTaken) =>
        Eventually.HoldsAsync(
            $"an odd CodeRepo is {(isTaken ? "taken" : "refused")}",
            async token =>
            {
                try
                {
                    var odd = JsonNode.Parse(
                        """{"apiVersion":"coderepo.dev/v1alpha1","kind":"CodeRepo","metadata":{"name":"tried"},"spec":{"git_url":"https://host/x","depth":"x"}}"""
                    )!;
                    await _cluster.Admin.CustomObjects.CreateNamespacedCustomObjectAsync(
                        odd,
                        CodeRepo.Group,
                        CodeRepo.Version,
                        _namespace,
                        CodeRepo.Plural,
                        dryRun: "All",
                        cancellationToken: token
                    );
                    return isTaken;
                }
                catch (HttpOperationException refusal) when (refusal.Response.StatusCode == HttpStatusCode.UnprocessableEntity)
                {
                    return !isTaken;
                }
            },
            CloneFixture.Soon,
            Token
        );
}

using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Client;
using k8s;
using k8s.Models;

namespace CodeRepoOperator.Hosting;

/// <summary>
/// The kinds of objects that the Kubernetes client can't know how to read and write. Without this it would look at each by reflection, and
/// compile code for it at run time.
/// </summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CodeRepo))]
[JsonSerializable(typeof(CodeRepoSpec))]
[JsonSerializable(typeof(CodeRepoStatus))]
[JsonSerializable(typeof(KubernetesList<CodeRepo>))]
[JsonSerializable(typeof(List<V1Condition>))]
[JsonSerializable(typeof(JsonObject))]
internal sealed partial class KubernetesKinds : JsonSerializerContext
{
    /// <summary>Before anything else: what the client has used once takes no more kinds.</summary>
    [ModuleInitializer]
    internal static void Register() =>
        KubernetesJson.AddJsonOptions(options =>
        {
            options.TypeInfoResolverChain.Insert(0, Default);
            options.MaxDepth = ApiClient.DeepestResponse;
        });
}

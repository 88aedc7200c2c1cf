using System.Text.Json;
using System.Text.Json.Serialization;
using CodeRepoOperator.Runtime.Client;

namespace CodeRepoOperator.Runtime.Watching;

/// <summary>Reads events of watches without reflection.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, MaxDepth = ApiClient.DeepestResponse)]
[JsonSerializable(typeof(WatchEvent))]
internal sealed partial class WatchJson : JsonSerializerContext;

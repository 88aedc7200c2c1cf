using System.Text.Json;
using System.Text.Json.Serialization;

namespace CodeRepoOperator.Api.Responses;

/// <summary>How responses are written: by code that the compiler makes, so that the first one waits for no reflection.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ProblemResponse))]
[JsonSerializable(typeof(EnsureResponse))]
[JsonSerializable(typeof(CloningResponse))]
[JsonSerializable(typeof(PublishedTree))]
internal sealed partial class ApiJson : JsonSerializerContext;

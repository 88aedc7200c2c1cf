using System.Text.Json.Serialization;

namespace CodeRepoOperator.GitWorker.Lfs;

/// <summary>Reads and writes what servers of Git LFS understand, without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = 16
)]
[JsonSerializable(typeof(LfsQuestion))]
[JsonSerializable(typeof(LfsBatch))]
[JsonSerializable(typeof(LfsLogin))]
internal sealed partial class LfsJson : JsonSerializerContext;

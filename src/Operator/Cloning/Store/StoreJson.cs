using System.Text.Json;
using System.Text.Json.Serialization;
using CodeRepoOperator.Cloning.Clones;

namespace CodeRepoOperator.Cloning.Store;

/// <summary>Reads and writes the operator's own files on the volume, without reflection.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.Never
)]
[JsonSerializable(typeof(CloneMarker))]
[JsonSerializable(typeof(OwnerFile))]
internal sealed partial class StoreJson : JsonSerializerContext;

using System.Text.Json.Serialization;

namespace CodeRepoOperator.Cloning.Remotes.Worker;

/// <summary>Serialisation without reflection, for a quick start.</summary>
[JsonSerializable(typeof(WorkerRequest))]
[JsonSerializable(typeof(WorkerResult))]
internal sealed partial class WorkerJson : JsonSerializerContext;

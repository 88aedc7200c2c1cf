using System.Text.Json.Serialization;

namespace CodeRepoOperator.Remotes.Worker;

/// <summary>Serialisation without reflection, for a quick start.</summary>
[JsonSerializable(typeof(WorkerOrder))]
[JsonSerializable(typeof(WorkerResult))]
[JsonSerializable(typeof(CheckResult))]
internal sealed partial class WorkerJson : JsonSerializerContext;

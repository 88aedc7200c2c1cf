using System.Text.Json.Serialization;

namespace CodeRepoOperator.Remotes.Worker;

/// <summary>Serialisation without reflection, for a quick start.</summary>
[JsonSerializable(typeof(WorkerOrder))]
[JsonSerializable(typeof(WorkerResult))]
[JsonSerializable(typeof(CheckResult))]
[JsonSerializable(typeof(LfsResult))]
internal sealed partial class WorkerJson : JsonSerializerContext;

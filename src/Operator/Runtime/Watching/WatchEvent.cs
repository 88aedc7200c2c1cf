using System.Text.Json;
using System.Text.Json.Serialization;
using k8s;

namespace CodeRepoOperator.Runtime.Watching;

/// <summary>A line of a watch's response.</summary>
/// <param name="Type">What happened.</param>
/// <param name="Object">To what; of an error, the status.</param>
internal sealed record WatchEvent(
    [property: JsonConverter(typeof(JsonStringEnumConverter<WatchEventType>))] WatchEventType Type,
    JsonElement Object
);

using System.Text.Json.Serialization;

namespace CodeRepoOperator.Entities;

/// <summary>When the first clone of a CodeRepo is made. Once made, it is kept and healed either way.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ClonePolicy>))]
public enum ClonePolicy
{
    /// <summary>As soon as the CodeRepo exists.</summary>
    Eager,

    /// <summary>When somebody first asks for it.</summary>
    OnDemand,
}

using System.Text.Json.Serialization;

namespace CodeRepoOperator.Entities;

/// <summary>By whose permission a clone was made: what it proves of the namespace that it was made for.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CloneAccess>))]
public enum CloneAccess
{
    /// <summary>Without credentials: the repository is public to whoever reaches its host.</summary>
    Anonymous,

    /// <summary>With the Secret that <c>spec.auth</c> names, which is in the CodeRepo's own namespace.</summary>
    Secret,

    /// <summary>With the administrator's credentials for the host, which name the namespace.</summary>
    Granted,

    /// <summary>With the administrator's credentials for the host, which are for all namespaces: that proves nothing of this one.</summary>
    Shared,
}

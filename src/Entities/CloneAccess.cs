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

    /// <summary>
    /// By a proxy that the namespace names, where nothing but the namespace says who responded: over <c>http</c>, or with authorities or
    /// host keys of its own. That proves nothing of it either.
    /// </summary>
    Proxy,
}

using System.Text;
using System.Text.Json.Serialization;

namespace CodeRepoOperator.Remotes.Credentials;

/// <summary>
/// The proxy that a CodeRepo's connections go through, in place of the environment's: whoever wrote its Secret names it. Prints redacted.
/// </summary>
/// <param name="Scheme"><c>http</c> or <c>https</c> (CONNECT), or <c>socks5</c>, which is asked for names as well.</param>
/// <param name="Host">A name (ASCII, lower case) or a literal address (IPv6 without brackets).</param>
/// <param name="Port">Its port.</param>
internal sealed record RemoteProxy(string Scheme, string Host, int Port)
{
    /// <summary>The scheme of SOCKS.</summary>
    public const string Socks = "socks5";

    /// <summary>Who asks; null: it is not said.</summary>
    public string? UserName { get; init; }

    /// <summary>That goes with it.</summary>
    public string? Password { get; init; }

    /// <summary>PEM text of authorities that its certificate may be trusted by, beside the system's and the administrator's.</summary>
    public string? Authorities { get; init; }

    /// <summary>Where it is from, in words for users that follow "of": <c>the Secret hello</c>.</summary>
    public string Source { get; init; } = "spec.auth.secret";

    /// <summary>Whether it speaks SOCKS.</summary>
    [JsonIgnore]
    public bool IsSocks => Scheme == Socks;

    /// <summary>Its address, which is no secret.</summary>
    [JsonIgnore]
    public string Address => $"{Scheme}://{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}";

    /// <summary>What it gets to know about who asks, as HTTP says it (RFC 7617); null: nothing.</summary>
    [JsonIgnore]
    public string? Basic => UserName is null ? null : Convert.ToBase64String(Encoding.UTF8.GetBytes($"{UserName}:{Password}"));

    /// <summary>What must not be shown.</summary>
    [JsonIgnore]
    public IEnumerable<string> Secrets => Password is null ? [] : [Password, Basic!];

    /// <summary>All of it, to be compared by.</summary>
    [JsonIgnore]
    public IEnumerable<string?> Parts => [Address, UserName, Password, Authorities, Source];

    public override string ToString() => "(proxy)";
}

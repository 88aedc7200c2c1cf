using System.Diagnostics.CodeAnalysis;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Cloning.Remotes;

/// <summary>The address of a git repository, parsed at the edge; holds no credential and so prints as it is.</summary>
internal sealed record GitUrl
{
    /// <summary>In characters: longer than any host takes, short enough for a status.</summary>
    public const int MaximumLength = 2048;

    private readonly string _text;

    internal GitUrl(string scheme, string host, int port, string text)
    {
        (Scheme, Host, Port, _text) = (scheme, host, port, text);
        Uri = scheme is "http" or "https" ? new Uri(text) : null;
    }

    /// <summary><c>https</c>, <c>http</c> or <c>ssh</c> (scp-like addresses too).</summary>
    public string Scheme { get; }

    /// <summary>A name (ASCII, lower case) or a literal address (IPv6 without brackets).</summary>
    public string Host { get; }

    /// <summary>The port, the scheme's own when the URL names none.</summary>
    public int Port { get; }

    /// <summary>Who answers there: host and port.</summary>
    public string Authority => $"{Host}:{Port}";

    /// <summary>For HTTP requests; null for ssh.</summary>
    public Uri? Uri { get; }

    /// <summary>Whether the remote is spoken to over HTTP, with or without TLS.</summary>
    [MemberNotNullWhen(true, nameof(Uri))]
    public bool IsHttp => Uri is not null;

    /// <summary>Reads what a user wrote as <c>git_url</c>.</summary>
    public static Attempt<GitUrl> Parse(string? text) => GitUrlParser.Parse(text);

    public bool Equals(GitUrl? other) => other is not null && _text == other._text;

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(_text);

    /// <summary>The canonical spelling, free of credentials: they are refused when parsing.</summary>
    public override string ToString() => _text;

    /// <summary>The port that a scheme has unless a URL names another.</summary>
    internal static int PortOf(string scheme) => scheme switch { "https" => 443, "http" => 80, _ => 22 };

    internal static CloneFailure Refused(string message) => new(Reasons.InvalidUrl, message);
}

using System.Diagnostics.CodeAnalysis;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Remotes.Urls;

/// <summary>The address of a git repository, parsed at the edge; holds no password and so prints as it is.</summary>
internal sealed record GitUrl
{
    /// <summary>In characters: longer than any host takes, short enough for a status.</summary>
    public const int MaximumLength = 2048;

    /// <summary>
    /// Who logs in over SSH where the URL names nobody. Git takes the name of whoever runs it, which in a container is nobody's. Nearly all
    /// servers of git call theirs so.
    /// </summary>
    public const string DefaultSshUser = "git";

    private readonly string _text;

    /// <param name="text">The canonical spelling.</param>
    internal GitUrl(string text) => _text = text;

    /// <summary><c>https</c>, <c>http</c> or <c>ssh</c> (scp-like addresses too).</summary>
    public required string Scheme { get; init; }

    /// <summary>
    /// Who logs in, decoded; it is no secret. Over HTTP null where the URL names nobody, over SSH <see cref="DefaultSshUser"/> then.
    /// </summary>
    public required string? User { get; init; }

    /// <summary>A name (ASCII, lower case) or a literal address (IPv6 without brackets).</summary>
    public required string Host { get; init; }

    /// <summary>The port, the scheme's own when the URL names none.</summary>
    public required int Port { get; init; }

    /// <summary>
    /// Where on the host: over HTTP percent-encoded, with its slash; over SSH as the server's own git is to read it
    /// (<c>team/hello.git</c> from the user's home on, <c>/srv/hello.git</c>, <c>~ann/hello.git</c>).
    /// </summary>
    public required string Path { get; init; }

    /// <summary>Who responses there: host and port.</summary>
    public string Authority => $"{Host}:{Port}";

    /// <summary>For HTTP requests, without the user; null for ssh.</summary>
    public Uri? Uri { get; init; }

    /// <summary>Whether the remote is spoken to over HTTP, with or without TLS.</summary>
    [MemberNotNullWhen(true, nameof(Uri))]
    public bool IsHttp => Uri is not null;

    /// <summary>Reads what a user wrote as <c>git_url</c>.</summary>
    public static Attempt<GitUrl> Parse(string? text) => GitUrlParser.Parse(text);

    public bool Equals(GitUrl? other) => other is not null && _text == other._text;

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(_text);

    /// <summary>The canonical spelling, free of passwords: they are refused when parsing.</summary>
    public override string ToString() => _text;

    /// <summary>The port that a scheme has unless a URL names another.</summary>
    internal static int PortOf(string scheme) =>
        scheme switch
        {
            "https" => 443,
            "http" => 80,
            _ => 22,
        };

    internal static CloneFailure Refused(string message) => new(Reasons.InvalidUrl, message);
}

using System.Globalization;
using System.Text.RegularExpressions;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Remotes.Urls;

/// <summary>
/// Reads a <see cref="GitUrl"/> as git does; where it takes less than git, GitUrlCases of the tests say why. No message repeats the text:
/// what is refused may hold a password.
/// </summary>
internal static partial class GitUrlParser
{
    private const string Ssh = "ssh";

    private const string Expected = "write https://host/path, http://host/path, ssh://user@host/path or user@host:path";

    // A host may be called git; one that is called like these is a slip of the pen.
    private static readonly string[] NoHosts = ["https", "http", Ssh, "file", "ftp", "ftps"];

    public static Attempt<GitUrl> Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return GitUrl.Refused($"The git URL is empty: {Expected}.");
        }

        if (text.Length > GitUrl.MaximumLength)
        {
            return GitUrl.Refused($"The git URL has {text.Length} characters, more than the {GitUrl.MaximumLength} allowed.");
        }

        if (HoldsUnprintable(text) || text.Any(char.IsWhiteSpace))
        {
            return GitUrl.Refused(
                "The git URL holds white space, a control character or a backslash: remove it. A space in a path is written %20, "
                    + "over SSH in the form ssh://user@host/path."
            );
        }

        if (text[0] == '-')
        {
            return GitUrl.Refused($"The git URL starts with a dash, as an option would: {Expected}.");
        }

        var scheme = SchemePattern().Match(text);
        if (scheme.Success)
        {
            return ParseUrl(SchemeOf(scheme.Groups["scheme"].Value), text[scheme.Length..]);
        }

        if (TransportPattern().IsMatch(text))
        {
            return GitUrl.Refused($"The git URL names a transport helper, and none is ever run: {Expected}.");
        }

        return ScpLikePattern().Match(text) is { Success: true } scp
            ? ParseScpLike(scp.Groups)
            : GitUrl.Refused($"The git URL is neither a URL nor user@host:path; local paths can't be cloned: {Expected}.");
    }

    // Git knows three names for it.
    private static string SchemeOf(string written) =>
        written.ToLowerInvariant() switch
        {
            "git+ssh" or "ssh+git" => Ssh,
            var scheme => scheme,
        };

    private static Attempt<GitUrl> ParseUrl(string scheme, string rest)
    {
        if (scheme is not ("https" or "http" or Ssh))
        {
            return GitUrl.Refused($"The scheme of the git URL is none of https, http and ssh: {Expected}.");
        }

        var end = rest.AsSpan().IndexOfAny('/', '?', '#');
        var authority = end < 0 ? rest : rest[..end];
        var path = end < 0 ? "" : rest[end..];
        var at = authority.LastIndexOf('@');
        var user = at < 0 ? (Attempt<string>?)null : GitUrlUser.OfUrl(scheme, authority[..at]);
        if (user?.Failure is { } refusedUser)
        {
            return refusedUser;
        }

        // Over SSH there is no query: what looks like one is a part of the path, but not of the host.
        if (scheme == Ssh ? path is ['?' or '#', ..] : path.AsSpan().IndexOfAny('?', '#') >= 0)
        {
            return GitUrl.Refused(
                "The git URL has a query or a fragment: leave out everything from ? or # on; the branch goes to spec.branch."
            );
        }

        return RefusedPath(path) is { } refused ? refused
            : HostOf(scheme, authority[(at + 1)..]) is { } host ? InLength(Assemble(scheme, user?.Value, host, path))
            : NoHost();
    }

    private static GitUrl Assemble(string scheme, string? user, Uri host, string path)
    {
        var isHttp = scheme != Ssh;
        var port = PortOf(scheme, host);
        var withPort = port == GitUrl.PortOf(scheme) ? Shown(host) : string.Create(CultureInfo.InvariantCulture, $"{Shown(host)}:{port}");

        // One spelling, and none that looks like another: é may be one character or two. A path over SSH may hold what ends one elsewhere.
        var encoded = PercentEncoding.OfUrlPath(path);
        var place = withPort + encoded;
        return new GitUrl($"{scheme}://{(user is null ? "" : PercentEncoding.OfUser(user) + "@")}{place}")
        {
            Scheme = scheme,
            User = isHttp ? user : user ?? GitUrl.DefaultSshUser,
            Host = NameOf(host),
            Port = port,
            Path = isHttp ? encoded : AsServerReads(Uri.UnescapeDataString(path)),
            Uri = isHttp ? new Uri($"{scheme}://{place}") : null,
        };
    }

    // host:path, and with brackets around an IPv6 address, or around what needs none, a port with it.
    private static Attempt<GitUrl> ParseScpLike(GroupCollection parts)
    {
        var (written, path) = (parts["user"], parts["path"].Value);
        var looksLikeUrl =
            path.StartsWith("//", StringComparison.Ordinal) || NoHosts.Contains(parts["host"].Value, StringComparer.OrdinalIgnoreCase);
        if (!written.Success && looksLikeUrl)
        {
            return GitUrl.Refused($"The git URL lacks the // after its scheme, or the scheme: {Expected}.");
        }

        if (!written.Success && path.Split('/')[0].Contains('@', StringComparison.Ordinal))
        {
            // user:password@host/path. Git would ask the host "user" for it.
            return GitUrlUser.HoldsPassword();
        }

        var user = written.Success ? GitUrlUser.OfScpLike(written.Value) : (Attempt<string>?)null;
        if (user?.Failure is { } refusedUser)
        {
            return refusedUser;
        }

        if (path[0] == '-' || (path[0] == ':' && !written.Success))
        {
            return GitUrl.Refused($"The path of the git URL starts with a dash, as an option would, or with a colon: {Expected}.");
        }

        return RefusedPath("/" + path.TrimStart('/')) is { } refused ? refused
            : HostOf(Ssh, parts["host"].Value + parts["port"].Value) is { } host ? InLength(AssembleScpLike(user?.Value, host, path))
            : NoHost();
    }

    private static GitUrl AssembleScpLike(string? user, Uri host, string path)
    {
        var port = PortOf(Ssh, host);
        var place = port == GitUrl.PortOf(Ssh) ? Shown(host) : string.Create(CultureInfo.InvariantCulture, $"[{Shown(host)}:{port}]");
        return new GitUrl($"{(user is null ? "" : user + "@")}{place}:{path}")
        {
            Scheme = Ssh,
            User = user ?? GitUrl.DefaultSshUser,
            Host = NameOf(host),
            Port = port,
            Path = AsServerReads(path),
        };
    }

    private static string AsServerReads(string path) => path.StartsWith("/~", StringComparison.Ordinal) ? path[1..] : path;

    private static CloneFailure? RefusedPath(string path)
    {
        // What is encoded twice some server decodes twice.
        for (string? before = null, decoded = path; decoded != before; (before, decoded) = (decoded, Uri.UnescapeDataString(decoded)))
        {
            if (decoded.Trim('/').Length == 0)
            {
                return GitUrl.Refused($"The git URL names a host but no repository on it: {Expected}.");
            }

            if (HoldsUnprintable(decoded))
            {
                return GitUrl.Refused("The path of the git URL holds an encoded control character or backslash: remove it.");
            }

            if (decoded.Split('/').Any(segment => segment is "." or ".."))
            {
                return GitUrl.Refused("The path of the git URL holds a '.' or '..' segment: write the path that it leads to.");
            }
        }

        return null;
    }

    private static CloneFailure NoHost() => GitUrl.Refused($"The git URL has no host, or one that can't exist: {Expected}.");

    private static Attempt<GitUrl> InLength(GitUrl url) =>
        url.ToString().Length <= GitUrl.MaximumLength
            ? url
            : GitUrl.Refused($"The git URL has more than the {GitUrl.MaximumLength} characters allowed, once encoded.");

    /// <summary>Host and port; null: they are none.</summary>
    private static Uri? HostOf(string scheme, string written) =>
        AuthorityPattern().IsMatch(written)
        && Uri.TryCreate($"{scheme}://{written}/", UriKind.Absolute, out var uri)
        && IsHost(uri)
        && uri.Port != 0
            ? uri
            : null;

    // System.Uri knows no default port for ssh.
    private static int PortOf(string scheme, Uri host) => host.Port < 0 ? GitUrl.PortOf(scheme) : host.Port;

    private static string NameOf(Uri host) => host.IdnHost.ToLowerInvariant();

    private static string Shown(Uri host) => host.HostNameType == UriHostNameType.IPv6 ? $"[{NameOf(host)}]" : NameOf(host);

    // An IPv6 address with a zone belongs to one network card, not to a remote; a name of more than 253 characters DNS does not know.
    private static bool IsHost(Uri uri) =>
        uri.HostNameType switch
        {
            UriHostNameType.IPv4 => true,
            UriHostNameType.IPv6 => !uri.IdnHost.Contains('%', StringComparison.Ordinal),
            UriHostNameType.Dns => HostPattern().IsMatch(uri.IdnHost) && uri.IdnHost.TrimEnd('.').Length <= 253,
            _ => false,
        };

    // Format characters (such as a right-to-left override) make a URL look like another one.
    private static bool HoldsUnprintable(string text) => text.Contains('\\', StringComparison.Ordinal) || RemoteText.HoldsUnseen(text);

    [GeneratedRegex(
        "^(?<scheme>[A-Za-z][A-Za-z0-9+.-]*)://",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex SchemePattern();

    [GeneratedRegex("^[A-Za-z0-9+.-]*::", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TransportPattern();

    // What System.Uri would take for the end of a host, or decode, ssh and curl may take for a part of it: nothing but letters, digits and
    // dots of any script.
    [GeneratedRegex(
        @"^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._\p{L}\p{M}\p{Nd}\u3002\uff0e\uff61-]+)(:[0-9]{0,5})?\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex AuthorityPattern();

    // [user@]host:path | [user@][IPv6]:path | [user@]"["host[:port]"]":path | "["user@host[:port]"]":path
    [GeneratedRegex(
        @"^(((?<user>[^/:\[\]]+)@)?"
            + @"((?<host>[^/:@\[\]]+|\[[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*\])|\[(?<host>[^/:@\[\]]+)(?<port>:[0-9]+)?\])"
            + @"|\[(?<user>[^/:\[\]]+)@(?<host>[^/:@\[\]]+)(?<port>:[0-9]+)?\]):(?<path>.+)\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex ScpLikePattern();

    [GeneratedRegex(
        @"^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex HostPattern();
}

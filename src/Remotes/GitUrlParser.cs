using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace CodeRepoOperator.Cloning.Remotes;

/// <summary>Reads a <see cref="GitUrl"/>. No message repeats the text: what is refused may hold a password.</summary>
internal static partial class GitUrlParser
{
    private const string Expected = "write https://host/path, http://host/path, ssh://user@host/path or user@host:path";

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
            return GitUrl.Refused("The git URL holds white space, a control character or a backslash: remove it, or write it percent-encoded.");
        }

        if (text[0] == '-')
        {
            return GitUrl.Refused($"The git URL starts with a dash, as an option would: {Expected}.");
        }

        var scheme = SchemePattern().Match(text);
        if (scheme.Success)
        {
            return ParseUrl(scheme.Groups["scheme"].Value.ToLowerInvariant(), text[scheme.Length..]);
        }

        if (TransportPattern().IsMatch(text))
        {
            return GitUrl.Refused($"The git URL names a transport helper, and none is ever run: {Expected}.");
        }

        return ScpLikePattern().Match(text) is { Success: true } scp
            ? ParseScpLike(scp.Groups["user"].Value, scp.Groups["host"].Value, scp.Groups["path"].Value)
            : GitUrl.Refused($"The git URL is neither a URL nor user@host:path; local paths can't be cloned: {Expected}.");
    }

    private static Attempt<GitUrl> ParseUrl(string scheme, string rest)
    {
        if (scheme is not ("https" or "http" or "ssh"))
        {
            return GitUrl.Refused($"The scheme of the git URL is none of https, http and ssh: {Expected}.");
        }

        var end = rest.AsSpan().IndexOfAny('/', '?', '#');
        var authority = end < 0 ? rest : rest[..end];
        var path = end < 0 ? "" : rest[end..];
        var at = authority.LastIndexOf('@');
        var user = at < 0 ? null : authority[..at];
        if (CredentialsIn(scheme, user) is { } credentials)
        {
            return credentials;
        }

        if (path.AsSpan().IndexOfAny('?', '#') >= 0)
        {
            return GitUrl.Refused("The git URL has a query or a fragment: leave out everything from ? or # on; the branch goes to spec.branch.");
        }

        if (RefusedPath(path) is { } refused)
        {
            return refused;
        }

        return AuthorityPattern().IsMatch(authority[(at + 1)..])
            && Uri.TryCreate($"{scheme}://{authority[(at + 1)..]}/", UriKind.Absolute, out var uri) && IsHost(uri) && uri.Port != 0
            ? InLength(Assemble(scheme, user, uri, path))
            : GitUrl.Refused($"The git URL has no host, or one that can't exist: {Expected}.");
    }

    private static GitUrl Assemble(string scheme, string? user, Uri uri, string path)
    {
        // System.Uri knows no default port for ssh.
        var port = uri.Port < 0 ? GitUrl.PortOf(scheme) : uri.Port;
        var isDefault = port == GitUrl.PortOf(scheme);
        var host = HostOf(uri);
        var shown = host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;
        var text = new StringBuilder(scheme).Append("://");
        if (user is not null)
        {
            text.Append(user).Append('@');
        }

        text.Append(shown);
        if (!isDefault)
        {
            text.Append(CultureInfo.InvariantCulture, $":{port}");
        }

        return new GitUrl(scheme, host, port, text.Append(Encoded(path)).ToString());
    }

    private static Attempt<GitUrl> ParseScpLike(string user, string host, string path)
    {
        if (CredentialsIn("ssh", user) is { } credentials)
        {
            return credentials;
        }

        if (path.StartsWith('-'))
        {
            return GitUrl.Refused($"The path of the git URL starts with a dash, as an option would: {Expected}.");
        }

        if (RefusedPath("/" + path.TrimStart('/')) is { } refused)
        {
            return refused;
        }

        if (!Ascii.IsValid(path))
        {
            return GitUrl.Refused("The path of the git URL holds letters that this form can't encode: write ssh://user@host/path, in which they may stand.");
        }

        return AuthorityPattern().IsMatch(host) && Uri.TryCreate($"ssh://{host}/", UriKind.Absolute, out var uri) && IsHost(uri)
            ? InLength(new GitUrl("ssh", HostOf(uri), 22, $"{user}@{(uri.HostNameType == UriHostNameType.IPv6 ? uri.Host : HostOf(uri))}:{path}"))
            : GitUrl.Refused($"The git URL has no host, or one that can't exist: {Expected}.");
    }

    private static CloneFailure? CredentialsIn(string scheme, string? user) => user switch
    {
        null => null,
        _ when scheme != "ssh" => GitUrl.Refused(
            "The git URL holds a user name or password: leave out everything between // and @, and put them into a Secret named by spec.auth.secret."),
        _ when user.Contains(':', StringComparison.Ordinal) => GitUrl.Refused(
            "The git URL holds a password: leave it out, and put the key or password into a Secret named by spec.auth.secret."),
        _ when !UserPattern().IsMatch(user) => GitUrl.Refused(
            "The user name in the git URL may hold letters, digits, dot, dash and underscore only, and not start with a dash."),
        _ => null,
    };

    private static CloneFailure? RefusedPath(string path)
    {
        if (path.Trim('/').Length == 0)
        {
            return GitUrl.Refused($"The git URL names a host but no repository on it: {Expected}.");
        }

        // What is encoded twice some server decodes twice.
        for (string? before = null, decoded = path; decoded != before; (before, decoded) = (decoded, Uri.UnescapeDataString(decoded)))
        {
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

    private static Attempt<GitUrl> InLength(GitUrl url) => url.ToString().Length <= GitUrl.MaximumLength
        ? url
        : GitUrl.Refused($"The git URL has more than the {GitUrl.MaximumLength} characters allowed, once encoded.");

    private static string HostOf(Uri uri) => uri.IdnHost.ToLowerInvariant();

    // An IPv6 address with a zone belongs to one network card, not to a remote; a name of more than 253 characters DNS does not know.
    private static bool IsHost(Uri uri) => uri.HostNameType switch
    {
        UriHostNameType.IPv4 => true,
        UriHostNameType.IPv6 => !uri.IdnHost.Contains('%', StringComparison.Ordinal),
        UriHostNameType.Dns => HostPattern().IsMatch(uri.IdnHost) && uri.IdnHost.TrimEnd('.').Length <= 253,
        _ => false,
    };

    // Format characters (such as a right-to-left override) make a URL look like another one.
    private static bool HoldsUnprintable(string text) => text.Contains('\\', StringComparison.Ordinal) || RemoteText.HoldsUnseen(text);

    // One spelling, and none that looks like another: é may be one character or two.
    private static string Encoded(string path) => Ascii.IsValid(path)
        ? path
        : string.Concat(Encoding.UTF8.GetBytes(path).Select(
            b => b < 0x80 ? ((char)b).ToString() : string.Create(CultureInfo.InvariantCulture, $"%{b:X2}")));

    [GeneratedRegex("^(?<scheme>[A-Za-z][A-Za-z0-9+.-]*)://", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SchemePattern();

    [GeneratedRegex("^[A-Za-z0-9+.-]+::", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TransportPattern();

    // What System.Uri would take for the end of a host, or decode, ssh and curl may take for a part of it: nothing but letters, digits and dots of any script.
    [GeneratedRegex(@"^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._\p{L}\p{M}\p{Nd}\u3002\uff0e\uff61-]+)(:[0-9]*)?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AuthorityPattern();

    [GeneratedRegex(@"^(?<user>[^/@]+)@(?<host>\[[^/\]]+\]|[^/:@\[]+):(?<path>.+)\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ScpLikePattern();

    [GeneratedRegex(@"^[A-Za-z0-9._][A-Za-z0-9._-]*\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex UserPattern();

    [GeneratedRegex(@"^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex HostPattern();
}

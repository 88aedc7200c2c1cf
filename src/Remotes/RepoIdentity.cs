namespace CodeRepoOperator.Cloning.Remotes;

/// <summary>
/// Which repository a URL means, whatever way it is spelled: with <c>.git</c> or slashes at its end or without, the host in capitals,
/// the scheme's own port named, or as <c>git@host:path</c>. Schemes, users and the case of the path tell repositories apart.
/// </summary>
internal readonly record struct RepoIdentity
{
    private const string Suffix = ".git";

    private readonly string _authority;
    private readonly string _path;

    private RepoIdentity(string scheme, string authority, string path) => (Scheme, _authority, _path) = (scheme, authority, path);

    /// <summary><c>https</c>, <c>http</c> or <c>ssh</c>.</summary>
    public string Scheme { get; }

    /// <summary>
    /// The ways in which this repository is usually spelled, in lower case as <c>lower()</c> of the database gives them. What they
    /// find is compared as an identity then: they fold the case of the path as well.
    /// </summary>
    public IEnumerable<string> Spellings
    {
        get
        {
            // Without a port of its own; only then there is the form of scp.
            var isPlain = !HasPort(_authority);
            string[] authorities = isPlain ? [_authority, $"{_authority}:{DefaultPort(Scheme)}"] : [_authority];
            var (scheme, path, authority) = (Scheme, _path, _authority);
            var starts = authorities.Select(one => $"{scheme}://{one}{path}");
            if (scheme == "ssh" && isPlain && authority.Contains('@', StringComparison.Ordinal))
            {
                starts = starts.Append($"{authority}:{path[1..]}").Append($"{authority}:{path}");
            }

            return starts.SelectMany(start => new[] { start, start + "/", start + Suffix, start + Suffix + "/" }).Select(spelling => spelling.ToLowerInvariant());
        }
    }

    /// <summary>The identity that a URL has, as users and tables spell it; null: it is none that can be cloned.</summary>
    public static RepoIdentity? TryParse(string? url) => GitUrl.Parse(url).Value is { } parsed ? Of(parsed) : null;

    /// <summary>The identity that a URL has.</summary>
    public static RepoIdentity Of(GitUrl url)
    {
        var (user, path) = Parts(url);
        var host = url.Host.Contains(':', StringComparison.Ordinal) ? $"[{url.Host}]" : url.Host;
        var port = url.Port == DefaultPort(url.Scheme) ? "" : $":{url.Port}";
        return new RepoIdentity(url.Scheme, $"{user}{host}{port}", Canonical(path));
    }

    /// <summary>The canonical spelling; it holds no credential.</summary>
    public override string ToString() => $"{Scheme}://{_authority}{_path}";

    /// <summary>The user with its <c>@</c>, or nothing, and the path with its slash, of a URL in its one spelling.</summary>
    private static (string User, string Path) Parts(GitUrl url)
    {
        // In the form of scp "://" may come later: git@host://path.
        var text = url.ToString();
        var scheme = url.Scheme + "://";
        var isUrl = text.StartsWith(scheme, StringComparison.Ordinal);
        var rest = isUrl ? text[scheme.Length..] : text;

        // A user is of letters, digits, dots, dashes and underscores; one with a slash in front of its @ is no user, but a path.
        var at = rest.IndexOf('@', StringComparison.Ordinal);
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var user = at >= 0 && (slash < 0 || at < slash) ? rest[..(at + 1)] : "";
        var place = rest[user.Length..];
        if (isUrl)
        {
            return (user, place[place.IndexOf('/', StringComparison.Ordinal)..]);
        }

        var endOfHost = place[0] == '[' ? place.IndexOf(']', StringComparison.Ordinal) + 1 : place.IndexOf(':', StringComparison.Ordinal);
        return (user, "/" + place[(endOfHost + 1)..].TrimStart('/'));
    }

    private static string Canonical(string path)
    {
        var trimmed = path.TrimEnd('/');

        // The folder .git in a working tree has no name that could stay.
        return trimmed.EndsWith(Suffix, StringComparison.Ordinal) && trimmed[..^Suffix.Length] is { Length: > 0 } name && name[^1] != '/' ? name : trimmed;
    }

    private static bool HasPort(string authority) => authority[(authority.LastIndexOf(']') + 1)..].Contains(':', StringComparison.Ordinal);

    private static int DefaultPort(string scheme) => scheme switch { "https" => 443, "http" => 80, _ => 22 };
}

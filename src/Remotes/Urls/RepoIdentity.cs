namespace CodeRepoOperator.Remotes.Urls;

/// <summary>
/// Which repository a URL means, whatever way it is spelled: with <c>.git</c> or slashes at its end or without, the host in capitals,
/// the scheme's own port named, more of the path percent-encoded than must be, or as <c>git@host:path</c>. Schemes and the case of the path
/// distinguish repositories. So does the user over SSH, who may have a home and keys of his own; over HTTP a user name only says who asks.
/// </summary>
internal readonly record struct RepoIdentity
{
    private const string Suffix = ".git";
    private const string DefaultUser = GitUrl.DefaultSshUser + "@";

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
            var scheme = Scheme;
            var paths = new[] { _path, Uri.UnescapeDataString(_path) }.Distinct(StringComparer.Ordinal).ToList();
            return Authorities()
                .SelectMany(authority => paths.SelectMany(path => StartsOf(scheme, authority, path)))
                .SelectMany(WithEnds)
                .Select(spelling => spelling.ToLowerInvariant());
        }
    }

    /// <summary>The identity that a URL has, as users and tables spell it; null: it is none that can be cloned.</summary>
    public static RepoIdentity? TryParse(string? url) => GitUrl.Parse(url).Value is { } parsed ? Of(parsed) : null;

    /// <summary>The identity that a URL has.</summary>
    public static RepoIdentity Of(GitUrl url)
    {
        var user = url.IsHttp ? "" : PercentEncoding.OfUser(url.User!) + "@";
        var host = url.Host.Contains(':', StringComparison.Ordinal) ? $"[{url.Host}]" : url.Host;
        var port = url.Port == GitUrl.PortOf(url.Scheme) ? "" : $":{url.Port}";
        var path = url.IsHttp ? PercentEncoding.Normalized(url.Path) : PercentEncoding.OfPath("/" + url.Path.TrimStart('/'));
        return new RepoIdentity(url.Scheme, $"{user}{host}{port}", WithoutEnd(path));
    }

    /// <summary>A spelling with each of the usual ends, whichever it has itself.</summary>
    public static IEnumerable<string> WithEnds(string spelling)
    {
        var start = WithoutEnd(spelling);
        return [start, start + "/", start + Suffix, start + Suffix + "/"];
    }

    /// <summary>The canonical spelling; it holds no credential.</summary>
    public override string ToString() => $"{Scheme}://{_authority}{_path}";

    private static IEnumerable<string> StartsOf(string scheme, string authority, string path)
    {
        yield return $"{scheme}://{authority}{path}";
        if (scheme == "ssh" && !HasPort(authority))
        {
            yield return $"{authority}:{path[1..]}";
            yield return $"{authority}:{path}";
        }
    }

    private IEnumerable<string> Authorities()
    {
        string[] users = this switch
        {
            // Azure DevOps hands out https://team@host/team/…
            { Scheme: not "ssh" } => [_authority, $"{_path.Split('/')[1]}@{_authority}"],
            _ when _authority.StartsWith(DefaultUser, StringComparison.Ordinal) => [_authority, _authority[DefaultUser.Length..]],
            _ => [_authority, Uri.UnescapeDataString(_authority)],
        };
        var port = HasPort(_authority) ? "" : $":{GitUrl.PortOf(Scheme)}";
        return users.Distinct(StringComparer.Ordinal).SelectMany(user => new[] { user, user + port }).Distinct(StringComparer.Ordinal);
    }

    private static string WithoutEnd(string path)
    {
        var trimmed = path.TrimEnd('/');

        // The directory .git in a working tree has no name that could stay.
        return trimmed.EndsWith(Suffix, StringComparison.Ordinal) && trimmed[..^Suffix.Length] is { Length: > 0 } name && name[^1] != '/'
            ? name
            : trimmed;
    }

    private static bool HasPort(string authority) => authority[(authority.LastIndexOf(']') + 1)..].Contains(':', StringComparison.Ordinal);
}

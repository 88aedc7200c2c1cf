namespace CodeRepoOperator.Remotes;

/// <summary>
/// The one table of git URLs: the CRD's pattern and rules, the parser, <c>import</c>, the matching of rows and pushes, and git itself are
/// held to it.
/// </summary>
internal static class GitUrlCases
{
    private const string LowerCaseOnly = "git knows schemes in lower case only";
    private const string NoSpaces = "a space in a URL is a slip of the pen; %20 says it";
    private const string NoSegments = "one repository would have many names";
    private const string PlainHosts = "a host must not look like another one";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<GitUrlCase> All { get; } =
    [
        // HTTP, as most hosts hand it out.
        Takes("https://git.example.com/team/hello.git", identity: "https://git.example.com/team/hello"),
        Takes("https://git.example.com/team/hello"),
        Takes("https://git.example.com/team/hello/", identity: "https://git.example.com/team/hello"),
        Takes("https://git.example.com/team/hello.git//", identity: "https://git.example.com/team/hello"),
        Takes("http://10.0.0.7:3000/a"),
        Takes("HTTPS://Git.Example.COM:443/Team/Hello", "https://git.example.com/Team/Hello", unlikeGit: LowerCaseOnly),
        Takes("http://GIT.example.com/a", "http://git.example.com/a"),
        Takes("https://git.example.com:0443/a", "https://git.example.com/a"),
        Takes("https://git.example.com:/a", "https://git.example.com/a"),
        Takes("https://git.example.com:8443/a"),
        Takes("https://git.example.com./a"),
        Takes("https://my_git/a"),
        Takes("https://[2001:DB8::1]/a", "https://[2001:db8::1]/a"),
        Takes("https://[2001:db8::1]:8443/team/hello"),
        Takes("https://bücher.example/é", "https://xn--bcher-kva.example/%C3%A9"),
        Takes("https://git.example.com/%c3%a9", identity: "https://git.example.com/%C3%A9"),
        Takes("https://git.example.com/My%20Project/_git/hello"),
        Takes("https://git.example.com/%7Eann/a%62c", identity: "https://git.example.com/~ann/abc"),
        Takes("https://git.example.com/a%2Fb"),
        Takes("https://git.example.com/a:b/@c", identity: "https://git.example.com/a:b/@c"),
        Takes("https://git.example.com//a//b"),
        Takes("https://git.example.com/-a"),
        // With a user: Azure DevOps, Bitbucket. It says who asks, not which repository.
        Takes("https://user@git.example.com/team/hello.git", identity: "https://git.example.com/team/hello"),
        Takes("https://team@dev.azure.com/team/My%20Project/_git/hello", identity: "https://dev.azure.com/team/My%20Project/_git/hello"),
        Takes(
            "HTTPS://User@Git.example.com:443/a",
            "https://User@git.example.com/a",
            "https://git.example.com/a",
            unlikeGit: LowerCaseOnly
        ),
        Takes("https://joe%40example.com@git.example.com/a", identity: "https://git.example.com/a"),
        Takes("https://joe+tag@git.example.com/a", identity: "https://git.example.com/a"),
        Takes("https://joe%2Btag@git.example.com/a", "https://joe+tag@git.example.com/a", "https://git.example.com/a"),
        Takes("https://EXAMPLE%5Cjoe@git.example.com/a", identity: "https://git.example.com/a"),
        Takes("https://jö@git.example.com/a", "https://j%C3%B6@git.example.com/a", "https://git.example.com/a"),
        Takes("https://alice-at-111122223333@git.example.com/a", identity: "https://git.example.com/a"),
        Takes("https://glpat-server.example.com/a"),
        Refuses(
            "https://user:s3cret@git.example.com/a",
            GitUrlVerdict.RefusedByPattern,
            "holds a password",
            "a password would be read by everybody"
        ),
        Refuses(
            "https://:s3cret@git.example.com/a",
            GitUrlVerdict.RefusedByPattern,
            "holds a password",
            "a password would be read by everybody"
        ),
        Refuses(
            "https://user%3As3cret@git.example.com/a",
            GitUrlVerdict.RefusedByRule,
            "holds a password",
            "no user name of HTTP has a colon"
        ),
        Refuses("https://ghp_s3cret@git.example.com/a", GitUrlVerdict.RefusedByRule, "holds a token", "a token would be read by everybody"),
        Refuses(
            "https://github_pat_s3cret@git.example.com/a",
            GitUrlVerdict.RefusedByRule,
            "holds a token",
            "a token would be read by everybody"
        ),
        Refuses(
            "https://glpat-s3cret@git.example.com/a",
            GitUrlVerdict.RefusedByRule,
            "holds a token",
            "a token would be read by everybody"
        ),
        Refuses(
            "https://ATBBs3cretabcdefghijklmnopq@git.example.com/a",
            GitUrlVerdict.RefusedByRule,
            "holds a token",
            "a token would be read by everybody"
        ),
        Refuses(
            "https://s3cretabcdefghijklmnopqrstuvwxyz0123456789abcdefghij@dev.azure.com/a",
            GitUrlVerdict.RefusedByRule,
            "holds a token",
            "a token would be read by everybody"
        ),
        Refuses("https://@git.example.com/a", GitUrlVerdict.RefusedByPattern, "is empty", "no host hands it out"),
        Refuses("https://joe@example.com@git.example.com/a", GitUrlVerdict.RefusedByPattern, "%40"),
        Refuses("https://-x@git.example.com/a", GitUrlVerdict.RefusedByPattern, "user name", "it could pass for an option"),
        Refuses("https://a%2Fb@git.example.com/a", GitUrlVerdict.RefusedByController, "user name", PlainHosts),
        // SSH.
        Takes(
            "ssh://git@git.example.com:22/team/hello.git",
            "ssh://git@git.example.com/team/hello.git",
            "ssh://git@git.example.com/team/hello"
        ),
        Takes("ssh://git@git.example.com:2222/srv/hello.git", identity: "ssh://git@git.example.com:2222/srv/hello"),
        Takes("ssh://git.example.com/srv/hello.git", identity: "ssh://git@git.example.com/srv/hello"),
        Takes("SSH://git@GIT.example.com/a", "ssh://git@git.example.com/a", unlikeGit: LowerCaseOnly),
        Takes("git+ssh://git@git.example.com/a", "ssh://git@git.example.com/a"),
        Takes("ssh+git://git@git.example.com:33/a", "ssh://git@git.example.com:33/a"),
        Takes("Git+SSH://git@git.example.com/a", "ssh://git@git.example.com/a", unlikeGit: LowerCaseOnly),
        Takes(
            "ssh://joe@example.com@source.example.com:2022/p/my-project/r/hello",
            "ssh://joe%40example.com@source.example.com:2022/p/my-project/r/hello",
            "ssh://joe%40example.com@source.example.com:2022/p/my-project/r/hello"
        ),
        Takes("ssh://joe%40example.com@source.example.com:2022/p/hello"),
        Takes("ssh://user+tag@host/a"),
        Takes("ssh://EXAMPLE%5Cjoe@host/a"),
        Takes("ssh://a%20b@host/a%20b"),
        Takes("ssh://user@host/~ann/a", identity: "ssh://user@host/~ann/a"),
        Takes("ssh://host/~/a", identity: "ssh://git@host/~/a"),
        Takes("ssh://user@[2001:DB8::1]:2222/a", "ssh://user@[2001:db8::1]:2222/a"),
        Takes("ssh://[::1]/a", identity: "ssh://git@[::1]/a"),
        Takes("ssh://user@host/é", "ssh://user@host/%C3%A9"),
        Takes("ssh://user@host/a%62c", identity: "ssh://user@host/abc"),
        Takes("ssh://user@host//srv/a", identity: "ssh://user@host/srv/a"),
        Takes("ssh://user@host/team/c#", "ssh://user@host/team/c%23"),
        Takes("ssh://user@host/a?b", "ssh://user@host/a%3Fb"),
        Takes("ssh://user@host/-a"),
        Takes("ssh://user@bücher.example/a", "ssh://user@xn--bcher-kva.example/a"),
        Takes("ssh://user@host:/a", "ssh://user@host/a"),
        Refuses(
            "ssh://user:s3cret@host/a",
            GitUrlVerdict.RefusedByPattern,
            "holds a password",
            "a password would be read by everybody, and ssh takes none there"
        ),
        Refuses(
            "ssh://user%3As3cret@host/a",
            GitUrlVerdict.RefusedByRule,
            "holds a password",
            "a password would be read by everybody, and ssh takes none there"
        ),
        Refuses("ssh://@host/a", GitUrlVerdict.RefusedByPattern, "is empty", "ssh refuses it"),
        Refuses("ssh://-oProxyCommand=x@host/a", GitUrlVerdict.RefusedByPattern, "user name"),
        Refuses("ssh://%2DoProxyCommand=x@host/a", GitUrlVerdict.RefusedByController, "user name"),
        Refuses("ssh://-oProxyCommand=x/a", GitUrlVerdict.RefusedByPattern, "no host"),
        Refuses("ssh://user@-host/a", GitUrlVerdict.RefusedByPattern, "no host", "it could pass for an option"),
        Refuses("ssh://u#x@host/a", GitUrlVerdict.RefusedByPattern, "query or a fragment", PlainHosts),
        Refuses("ssh://u^x@host/a", GitUrlVerdict.RefusedByPattern, "percent-encoded", "no URL has it so"),
        Refuses("ssh://user@[host]/a", GitUrlVerdict.RefusedByPattern, "no host", PlainHosts),
        Refuses("ssh://ho%73t/a", GitUrlVerdict.RefusedByPattern, "no host", PlainHosts),
        Refuses("ssh://host:22x/a", GitUrlVerdict.RefusedByPattern, "no host", PlainHosts),
        Refuses("ssh://host:0/a", GitUrlVerdict.RefusedByController, "no host", "nobody responds there"),
        Refuses("ssh://host:99999/a", GitUrlVerdict.RefusedByController, "no host", PlainHosts),
        Refuses("ssh://user@host/", GitUrlVerdict.RefusedByPattern, "no repository", "the root is no repository"),
        Refuses("ssh://user@host", GitUrlVerdict.RefusedByPattern, "no repository"),
        Refuses("ssh://user@host/a b", GitUrlVerdict.RefusedByPattern, "%20", NoSpaces),
        Refuses("ssh://user@host/a/../b", GitUrlVerdict.RefusedByRule, "segment", NoSegments),
        Refuses("ssh://user@host/a%5Cb", GitUrlVerdict.RefusedByController, "backslash", "some server takes it for a slash"),
        // SSH as scp has it.
        Takes("git@git.example.com:team/hello.git", identity: "ssh://git@git.example.com/team/hello"),
        Takes("git@Git.Example.com:/team/hello", "git@git.example.com:/team/hello", "ssh://git@git.example.com/team/hello"),
        Takes("host:path", identity: "ssh://git@host/path"),
        Takes("Host:Path/hello.git", "host:Path/hello.git", "ssh://git@host/Path/hello"),
        Takes("git:team/hello.git", identity: "ssh://git@git/team/hello"),
        Takes("host:/srv/a", identity: "ssh://git@host/srv/a"),
        Takes("host:/:a", identity: "ssh://git@host/:a"),
        Takes("host:22/a", identity: "ssh://git@host/22/a"),
        Takes("host:a:b/@c", identity: "ssh://git@host/a:b/@c"),
        Takes("user+tag@host:path", identity: "ssh://user+tag@host/path"),
        Takes("joe@example.com@host:path", identity: "ssh://joe%40example.com@host/path"),
        Takes("o'neil@host:path", identity: "ssh://o'neil@host/path"),
        Takes("jö@host:path", identity: "ssh://j%C3%B6@host/path"),
        Takes("git@host::a", identity: "ssh://git@host/:a"),
        Takes(
            "git@host://team/a",
            identity: "ssh://git@host/team/a",
            unlikeGit: "git takes what is before :// for a scheme, and ssh does not"
        ),
        Takes("git@host:/-a", identity: "ssh://git@host/-a"),
        Takes("git@host:~ann/a", identity: "ssh://git@host/~ann/a"),
        Takes("git@host:/~ann/a", identity: "ssh://git@host/~ann/a"),
        Takes("git@host:é", identity: "ssh://git@host/%C3%A9"),
        Takes("git@host:a%20b", identity: "ssh://git@host/a%2520b"),
        Takes("git@host:team/c#.git", identity: "ssh://git@host/team/c%23"),
        Takes("git@host:a@b", identity: "ssh://git@host/a@b"),
        Takes("git@good.example:22@evil.example:path", identity: "ssh://git@good.example/22@evil.example:path"),
        Takes("git@bücher.example:a", "git@xn--bcher-kva.example:a", "ssh://git@xn--bcher-kva.example/a"),
        Takes("git@[2001:DB8::1]:a", "git@[2001:db8::1]:a", "ssh://git@[2001:db8::1]/a"),
        Takes("[::1]:path", identity: "ssh://git@[::1]/path"),
        Takes("[::1]:2222:path", identity: "ssh://git@[::1]/2222:path"),
        Takes("[host]:path", "host:path", "ssh://git@host/path"),
        Takes("git@[host]:path", "git@host:path", "ssh://git@host/path"),
        Takes("[git@host]:path", "git@host:path", "ssh://git@host/path"),
        Takes("[host:2222]:path", identity: "ssh://git@host:2222/path"),
        Takes("git@[host:2222]:path", identity: "ssh://git@host:2222/path"),
        Takes("[git@host:2222]:path", "git@[host:2222]:path", "ssh://git@host:2222/path"),
        Takes("git@[host:22]:path", "git@host:path", "ssh://git@host/path"),
        Refuses(
            "user:s3cret@host:path",
            GitUrlVerdict.RefusedByPattern,
            "holds a password",
            "git would ask the host user for s3cret@host:path"
        ),
        Refuses(
            "user:s3cret@host/path",
            GitUrlVerdict.RefusedByPattern,
            "holds a password",
            "git would ask the host user for s3cret@host/path"
        ),
        Refuses("@host:path", GitUrlVerdict.RefusedByPattern, "neither", "ssh refuses it"),
        Refuses("-oProxyCommand=x@host:path", GitUrlVerdict.RefusedByPattern, "dash"),
        Refuses("git@-host:path", GitUrlVerdict.RefusedByPattern, "no host", "it could pass for an option"),
        Refuses("git@host:-path", GitUrlVerdict.RefusedByPattern, "dash"),
        Refuses("host:-path", GitUrlVerdict.RefusedByPattern, "dash"),
        Refuses("git@host:", GitUrlVerdict.RefusedByPattern, "neither", "the home is no repository"),
        Refuses("git@host:/", GitUrlVerdict.RefusedByPattern, "no repository", "the root is no repository"),
        Refuses("git@host:a b", GitUrlVerdict.RefusedByPattern, "%20", NoSpaces),
        Refuses("git@host:../a", GitUrlVerdict.RefusedByRule, "segment", NoSegments),
        Refuses("git@host:./a", GitUrlVerdict.RefusedByRule, "segment", NoSegments),
        Refuses(
            "[::1]::path",
            GitUrlVerdict.RefusedByPattern,
            "with a colon",
            "without a user, a second colon is that of a transport helper"
        ),
        Refuses("my_host://path", GitUrlVerdict.RefusedByPattern, "lacks the //"),
        Refuses("[https]:path", GitUrlVerdict.RefusedByController, "lacks the //", "it could pass for a scheme"),
        Refuses("user@::1:path", GitUrlVerdict.RefusedByPattern, "neither", "an address of IPv6 goes into brackets"),
        Refuses("::1:path", GitUrlVerdict.RefusedByPattern, "transport helper"),
        Refuses("u\\x@host:path", GitUrlVerdict.RefusedByPattern, "backslash", "ssh://EXAMPLE%5Cjoe@host/path says it"),
        Refuses("C:\\a", GitUrlVerdict.RefusedByPattern, "backslash", "it is a path of Windows"),
        Refuses("team/git@host:path", GitUrlVerdict.RefusedByPattern, "local paths"),
        // What is never cloned.
        Refuses("", GitUrlVerdict.RefusedByPattern, "is empty"),
        Refuses("git://git.example.com/a", GitUrlVerdict.RefusedByPattern, "scheme", "it is neither encrypted nor authenticated"),
        Refuses("file:///srv/a", GitUrlVerdict.RefusedByPattern, "scheme", "the operator's files are nobody's to clone"),
        Refuses("ftp://git.example.com/a", GitUrlVerdict.RefusedByPattern, "scheme", "git has taken leave of it"),
        Refuses("ext::sh -c x", GitUrlVerdict.RefusedByPattern, "white space"),
        Refuses("ext::sh", GitUrlVerdict.RefusedByPattern, "transport helper"),
        Refuses("/srv/git/a", GitUrlVerdict.RefusedByPattern, "local paths"),
        Refuses("./a:b", GitUrlVerdict.RefusedByPattern, "local paths"),
        Refuses("a", GitUrlVerdict.RefusedByPattern, "local paths"),
        Refuses("https:/git.example.com/a", GitUrlVerdict.RefusedByRule, "lacks the //", "git would ask a host called https"),
        Refuses("https:git.example.com/a", GitUrlVerdict.RefusedByRule, "lacks the //", "git would ask a host called https"),
        Refuses("ssh:git@host:path", GitUrlVerdict.RefusedByPattern, "lacks the //", "git would ask a host called ssh"),
        Refuses("file:/srv/a", GitUrlVerdict.RefusedByRule, "lacks the //", "git would ask a host called file"),
        Refuses("https://git.example.com", GitUrlVerdict.RefusedByPattern, "no repository", "no host has one there"),
        Refuses("https://git.example.com/", GitUrlVerdict.RefusedByPattern, "no repository", "no host has one there"),
        Refuses("https:///a", GitUrlVerdict.RefusedByPattern, "no host"),
        Refuses("https://_git/a", GitUrlVerdict.RefusedByController, "no host", "no host is called so"),
        Refuses("https://git.example.com/%2f", GitUrlVerdict.RefusedByController, "no repository", "no host has one there"),
        Refuses("https://git..example.com/a", GitUrlVerdict.RefusedByController, "no host"),
        Refuses("https://git.example.com/a b", GitUrlVerdict.RefusedByPattern, "%20"),
        Refuses(" https://git.example.com/a", GitUrlVerdict.RefusedByPattern, "white space"),
        Refuses("https://git.example.com/a\n", GitUrlVerdict.RefusedByPattern, "control character"),
        Refuses("https://git.example.com/a?b", GitUrlVerdict.RefusedByPattern, "query", "no host hands it out"),
        Refuses("https://git.example.com/a#b", GitUrlVerdict.RefusedByPattern, "fragment", "no host hands it out"),
        Refuses("https://git.example.com/a/../b", GitUrlVerdict.RefusedByRule, "segment", NoSegments),
        Refuses("https://git.example.com/a/%2e%2E/b", GitUrlVerdict.RefusedByRule, "segment", NoSegments),
        Refuses("https://git.example.com/a%2f..%2fb", GitUrlVerdict.RefusedByRule, "segment", NoSegments),
        Refuses("https://git.example.com/a/%252e%252e/b", GitUrlVerdict.RefusedByController, "segment", NoSegments),
        Refuses("https://git.example.com/a%00b", GitUrlVerdict.RefusedByController, "control character", "it ends the path for some"),
        Refuses(
            "https://git.example.com/\u202ea",
            GitUrlVerdict.RefusedByController,
            "control character",
            "it makes a URL look like another one"
        ),
        Refuses("https://[fe80::1%25eth0]/a", GitUrlVerdict.RefusedByPattern, "no host", "a zone belongs to one network card"),
    ];

    /// <summary>Those that are taken.</summary>
    public static IEnumerable<GitUrlCase> Taken => All.Where(one => one.Verdict == GitUrlVerdict.Taken);

    private static GitUrlCase Takes(string url, string? canonical = null, string? identity = null, string? unlikeGit = null) =>
        new(url, GitUrlVerdict.Taken)
        {
            Canonical = canonical ?? url,
            Identity = identity ?? canonical ?? url,
            UnlikeGit = unlikeGit,
        };

    private static GitUrlCase Refuses(string url, GitUrlVerdict by, string why, string? unlikeGit = null) =>
        new(url, by) { Why = why, UnlikeGit = unlikeGit };
}

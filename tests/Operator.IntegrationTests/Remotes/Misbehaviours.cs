using CodeRepoOperator.Entities;
using GitServer;
using static CodeRepoOperator.Remotes.RawPack;
using static GitServer.RequestStage;

namespace CodeRepoOperator.Remotes;

/// <summary>What remotes may do wrong: the case, the reason, words of the message.</summary>
internal static class Misbehaviours
{
    private const string Service = "001e# service=git-upload-pack\n0000";
    private const string Version2 = Service + "000eversion 2\n";
    private const string Commit = "0123456789012345678901234567890123456789";
    private const string Query = "?service=git-upload-pack";

    private static readonly string LongName = new('a', 4000);

    // How long those may take that would take for ever: long enough to get there first.
    private static readonly TimeSpan Brief = TimeSpan.FromSeconds(3);

    /// <summary>Met by polls, and by clones as well.</summary>
    public static readonly IReadOnlyList<Misbehaviour> OfPolls =
    [
        // It says no.
        Says(401, Reasons.AuthenticationFailed, "if it is private"),
        Says(403, Reasons.AuthenticationFailed, "if it is private"),
        Says(404, Reasons.RepositoryNotFound, "check the URL"),
        Says(410, Reasons.RepositoryNotFound, "check the URL"),
        Says(407, Reasons.Unreachable, "have the administrator put them into"),
        Says(429, Reasons.RateLimited, "too many requests"),
        Says(400, Reasons.Unreachable, "ask whoever runs the remote"),
        Says(500, Reasons.Unreachable, "ask whoever runs the remote"),
        Says(502, Reasons.Unreachable, "not available"),
        Says(503, Reasons.Unreachable, "not available"),
        Says(429, Reasons.RateLimited, "tried again after 7 s, as the remote asks", "7") with
        {
            RetryAfter = TimeSpan.FromSeconds(7),
        },
        Says(403, Reasons.RateLimited, "tried again after 7 s, as the remote asks", "7") with
        {
            RetryAfter = TimeSpan.FromSeconds(7),
        },
        Says(503, Reasons.Unreachable, "tried again after 120 s, as the remote asks", "120") with
        {
            RetryAfter = TimeSpan.FromMinutes(2),
        },
        Says(503, Reasons.Unreachable, "tried again after 3600 s, as the remote asks", "Fri, 01 Jan 2100 00:00:00 GMT") with
        {
            RetryAfter = TimeSpan.FromHours(1),
        },
        Does("503 at the second request", Reasons.Unreachable, "not available", new RequestFault { At = ListRefs, Status = 503 }),
        Does(
            "an error within the protocol",
            Reasons.TransferFailed,
            "(\"no service for token=***\")",
            Advertises(Line("ERR no service for token=s3cret\n"))
        ),
        Does(
            "an error with colours and a password",
            Reasons.TransferFailed,
            "(\" [31mno [0m  https://***@host/\")",
            Advertises(Line("ERR \u001b[31mno\u001b[0m\u0007 https://robot:s3cret@host/\n"))
        ),
        // It says nothing, or not all.
        Hangs("hangs before it responds", new RequestFault { HangBeforeResponse = true }),
        Hangs("hangs within info/refs", new RequestFault { At = InfoRefs, HangAfter = 40 }),
        Hangs("hangs before it names the branch", new RequestFault { At = ListRefs, HangBeforeResponse = true }),
        Hangs("sends one byte a second", new RequestFault { Drip = true }),
        Does(
            "breaks the connection within info/refs",
            Reasons.TransferFailed,
            "ended in the middle",
            new RequestFault { At = InfoRefs, CutAfter = 40 }
        ),
        Does(
            "breaks the connection before it names the branch",
            Reasons.TransferFailed,
            "ended in the middle",
            new RequestFault { At = ListRefs, CutAfter = 0 }
        ),
        Does("ends in the middle of a line", Reasons.TransferFailed, "ended in the middle", Advertises(Version2[..^3])),
        Does("ends before the end", Reasons.TransferFailed, "ended in the middle", Advertises(Version2)),
        Does("an empty response", Reasons.TransferFailed, "check that the URL leads to a git repository", Advertises("")),
        // It is no git remote.
        Does(
            "a web page",
            Reasons.Unsupported,
            "responded with a web page",
            new RequestFault { Body = "<html>", ContentType = "text/html" }
        ),
        Does(
            "git's dumb protocol",
            Reasons.Unsupported,
            "have smart HTTP set up",
            new RequestFault { Body = $"{Commit}\trefs/heads/main\n", ContentType = "text/plain" }
        ),
        Does(
            "something else",
            Reasons.TransferFailed,
            "responded with application/json",
            new RequestFault { Body = "{}", ContentType = "application/json" }
        ),
        Does("no pkt-line", Reasons.TransferFailed, "check that the URL", Advertises("not a pkt-line")),
        Does("a pkt-line of length 3", Reasons.TransferFailed, "check that the URL", Advertises("0003")),
        Does("a pkt-line beyond all length", Reasons.TransferFailed, "check that the URL", Advertises("fff1xxxx")),
        Does("a ref without a name", Reasons.TransferFailed, "check that the URL", Advertises(Service + Line(Commit + "\n") + "0000")),
        Does(
            "a ref that is no ref",
            Reasons.TransferFailed,
            "check that the URL",
            new RequestFault { At = ListRefs, Body = Line("nonsense\n") + "0000" }
        ),
        // It never stops.
        Does(
            "endless capabilities",
            Reasons.TransferFailed,
            "of capabilities",
            Advertises(Version2, endless: Line("x=" + new string('x', 500) + "\n"))
        ),
        Does(
            "endless refs",
            Reasons.TransferFailed,
            "268435456 bytes",
            Advertises(Service, endless: Line($"{Commit} refs/heads/{LongName}\n"))
        ),
        Does(
            "endless refs, compressed",
            Reasons.TransferFailed,
            "268435456 bytes",
            Advertises(Service, endless: Line($"{Commit} refs/heads/{LongName}\n")) with
            {
                Compress = true,
            }
        ),
        Does(
            "endless refs in version 2",
            Reasons.TransferFailed,
            "268435456 bytes",
            new RequestFault
            {
                At = ListRefs,
                Body = "",
                Endless = Line($"{Commit} refs/heads/{LongName}\n"),
            }
        ),
        Does(
            "endless shallow commits",
            Reasons.TransferFailed,
            "shallow commits",
            Advertises(Service, endless: Line($"shallow {Commit}\n"))
        ),
        // It sends us elsewhere.
        Redirects("in circles", "info/refs" + Query, Reasons.Unreachable, "more than 5 times"),
        Redirects("to a page", "/login", Reasons.Unsupported, "asks for a login by a page"),
        Redirects("to another service", "/a/info/refs?service=git-receive-pack", Reasons.Unsupported, "no git repository"),
        Redirects("to a file", "file:///etc/passwd/info/refs" + Query, Reasons.Unreachable, "from http to another scheme"),
        Redirects("to another protocol", "ftp://127.0.0.1/a/info/refs" + Query, Reasons.Unreachable, "from http to another scheme"),
        Redirects("with a password", "http://robot:s3cret@127.0.0.1/a/info/refs" + Query, Reasons.Unreachable, "can't be cloned from"),
        Redirects("to a metadata service", "http://169.254.169.254/a/info/refs" + Query, Reasons.HostNotAllowed, "use another remote"),
        Redirects(
            "to a metadata service in disguise",
            "http://[::ffff:a9fe:a9fe]/a/info/refs" + Query,
            Reasons.HostNotAllowed,
            "169.254.169.254"
        ),
        Redirects("to a port that can't be", "//127.0.0.1:99999/a/info/refs" + Query, Reasons.Unreachable, "no URL"),
        Redirects("to a host that can't be", "http://-a/a/info/refs" + Query, Reasons.Unreachable, "can't be cloned from"),
        Does("redirects nowhere", Reasons.Unreachable, "without saying where", new RequestFault { Status = 302 }),
        Does(
            "redirects the second request",
            Reasons.Unreachable,
            "use the address that it leads to",
            new RequestFault { At = ListRefs, RedirectTo = new Uri("/elsewhere", UriKind.Relative) }
        ),
        // It has not what is wanted.
        Has("no commits", ServedRemote.Empty, null, Reasons.EmptyRepository, "push one"),
        Has("no commits, and a branch is asked for", ServedRemote.Empty, "main", Reasons.EmptyRepository, "push one"),
        Has("no such branch", ServedRemote.Sound, "absent", Reasons.BranchNotFound, "correct spec.branch"),
        Has("a tag, but no branch", ServedRemote.Sound, "v1", Reasons.BranchNotFound, "correct spec.branch"),
        Has("a HEAD that names an absent branch", ServedRemote.HeadOfNothing, null, Reasons.BranchNotFound, "set spec.branch"),
        Has("objects named by SHA-256", ServedRemote.Sha256, null, Reasons.UnsupportedObjectFormat, "only SHA-1"),
    ];

    /// <summary>Met by clones only: the branch is found.</summary>
    public static readonly IReadOnlyList<Misbehaviour> OfFetches =
    [
        Fetching("says 500", Reasons.Unreachable, "internal error", new RequestFault { Status = 500 }),
        Fetching("asks to come later", Reasons.Unreachable, "after 30 s", new RequestFault { Status = 503, RetryAfter = "30" }) with
        {
            RetryAfter = TimeSpan.FromSeconds(30),
        },
        Fetching("hangs before the pack", new RequestFault { HangBeforeResponse = true }),
        Fetching("hangs within the pack", new RequestFault { HangAfter = 150 }),
        Fetching("sends one byte a second", new RequestFault { Drip = true }),
        Fetching("cuts the pack short", Reasons.TransferFailed, "ended in the middle", new RequestFault { CutAfter = 150 }),
        Fetching(
            "ends the pack in the middle of a line",
            Reasons.TransferFailed,
            "ended in the middle",
            Sends(Line("packfile\n") + "0100\u0001PACK")
        ),
        Fetching("says nothing", Reasons.TransferFailed, "check that the URL", Sends("")),
        Fetching("says nonsense", Reasons.TransferFailed, "check that the URL", Sends("nonsense")),
        Fetching(
            "sends a channel that there is not",
            Reasons.TransferFailed,
            "check that the URL",
            Sends(Line("packfile\n") + Bands(9, "x"))
        ),
        Fetching(
            "reports an error",
            Reasons.TransferFailed,
            "(\"out of memory\")",
            Sends(Line("packfile\n") + Bands(3, "out of memory\n"))
        ),
        Fetching(
            "reports an error with colours and a password",
            Reasons.TransferFailed,
            "(\" [31mno [0m  https://***@host/\")",
            Sends(Line("packfile\n") + Bands(3, "\u001b[31mno\u001b[0m\u0007 https://s3cret@host/\n"))
        ),
        Fetching(
            "says its progress for ever",
            Reasons.TransferFailed,
            "bytes of progress",
            Sends(Line("packfile\n"), endless: Bands(2, new string('.', 1000)))
        ),
        Fetching(
            "names shallow commits for ever",
            Reasons.TransferFailed,
            "shallow commits",
            Sends(Line("shallow-info\n"), endless: Line($"shallow {Commit}\n"))
        ),
        Fetching("damages a byte of the pack", Reasons.TransferFailed, "damaged", new RequestFault { Flip = 200 }),
        Fetching("sends a pack with a wrong checksum", Reasons.TransferFailed, "damaged", remote =>
            Sends(new RawPack().Commit(remote.CommitObject).WithBadChecksum().Response())
        ),
        Fetching("sends a pack without the commit", Reasons.TransferFailed, "did not send the commit", _ =>
            Sends(new RawPack().Blob("another").Response())
        ),
        Fetching("sends a commit without its tree", Reasons.TransferFailed, "damaged or incomplete", remote =>
            Sends(new RawPack().Commit(remote.CommitObject).Response())
        ),
        Fetching("sends fewer objects than it says", Reasons.TransferFailed, "damaged", remote =>
            Sends(new RawPack().Commit(remote.CommitObject).SayingCount(3).Response())
        ),
        Fetching("sends no objects", Reasons.TransferFailed, "did not send the commit", _ => Sends(new RawPack().Response())),
        Fetching("sends bytes that are no object", Reasons.TransferFailed, "damaged", _ => Sends(new RawPack().Garbage().Response())),
        Fetching("sends a difference to nothing", Reasons.TransferFailed, "damaged", _ => Sends(new RawPack().DeltaOfNothing().Response())),
        Fetching("sends a file in place of the tree", Reasons.TransferFailed, "damaged", remote =>
            Sends(new RawPack().Commit(remote.TreelessCommitObject).Blob(ServedRemote.FileContent).Response())
        ) with
        {
            Repository = ServedRemote.Treeless,
        },
    ];

    private static Misbehaviour Says(int status, string reason, string hint, string? retryAfter = null) =>
        new($"says {status}{(retryAfter is null ? "" : $", Retry-After: {retryAfter}")}", reason, hint, _ => new RequestFault
        {
            Status = status,
            RetryAfter = retryAfter,
        });

    private static Misbehaviour Does(string name, string reason, string hint, RequestFault fault) => new(name, reason, hint, _ => fault);

    // The words are the store's, which sets the time: CodeRepoRemoteTests looks at them.
    private static Misbehaviour Hangs(string name, RequestFault fault) => new(name, Reasons.Timeout, "", _ => fault) { Timeout = Brief };

    private static Misbehaviour Redirects(string where, string target, string reason, string hint) =>
        new($"redirects {where}", reason, hint, _ => new RequestFault
        {
            At = InfoRefs,
            RedirectTo = new Uri(target, UriKind.RelativeOrAbsolute),
        });

    private static Misbehaviour Has(string name, string repository, string? branch, string reason, string hint) =>
        new($"has {name}", reason, hint, _ => null) { Repository = repository, Branch = branch };

    private static Misbehaviour Fetching(string name, string reason, string hint, RequestFault fault) =>
        Fetching(name, reason, hint, _ => fault);

    private static Misbehaviour Fetching(string name, string reason, string hint, Func<ServedRemote, RequestFault?> fault) =>
        new($"asked for the pack, {name}", reason, hint, remote => fault(remote)! with { At = Fetch }) { InClonesOnly = true };

    private static Misbehaviour Fetching(string name, RequestFault fault) =>
        Fetching(name, Reasons.Timeout, "", fault) with
        {
            Timeout = Brief,
        };

    private static RequestFault Advertises(string body, string? endless = null) =>
        new()
        {
            At = InfoRefs,
            Body = body,
            Endless = endless,
        };

    private static RequestFault Sends(string body, string? endless = null) => new() { Body = body, Endless = endless };
}

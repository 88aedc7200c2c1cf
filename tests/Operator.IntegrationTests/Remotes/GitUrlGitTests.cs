using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using CodeRepoOperator.Remotes.Ssh;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Remotes;

/// <summary>
/// What git makes of each URL that is not for its HTTP: whom it has ssh log in as, where, and what it has run there. An ssh that only says
/// how it was called stands in for the real one.
/// </summary>
public sealed partial class GitUrlGitTests
{
    private const char EndOfCall = '\u0001';

    // Arguments are ended by NUL.
    private const string SshScript = """printf '%s\0' "$@" >"$CALLED"; exit 1""";

    // For each URL on the standard input, ended by NUL: how ssh was called.
    private const string Script =
        """while IFS= read -r -d '' url; do : >"$CALLED"; git ls-remote -- "$url" </dev/null >/dev/null 2>&1; cat "$CALLED"; printf '\1'; done""";

    [Fact]
    public async Task Git_takes_the_same_and_reads_it_in_the_same_way()
    {
        using var directory = new TemporaryDirectory();
        var ssh = Path.Combine(directory.Path, "ssh");
        await File.WriteAllTextAsync(ssh, SshScript, TestContext.Current.CancellationToken);
        var cases = GitUrlCases.All.Where(one => !OtherTransportPattern().IsMatch(one.Url)).ToList();
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["CALLED"] = Path.Combine(directory.Path, "called"),
            ["GIT_SSH_COMMAND"] = $"sh {ssh}",
            ["GIT_SSH_VARIANT"] = "ssh",
            ["GIT_CONFIG_GLOBAL"] = "/dev/null",
            ["GIT_CONFIG_NOSYSTEM"] = "1",
        };

        var outcome = await ProcessRunner.RunAsync(
            "bash",
            ["-c", Script],
            environment,
            string.Concat(cases.Select(one => one.Url + "\0")),
            TestContext.Current.CancellationToken
        );

        var calls = outcome.OutputOrThrow()[..^1].Split(EndOfCall);
        Assert.Equal(cases.Count, calls.Length);
        Assert.All(cases.Zip(calls), pair => SeeSame(pair.First, pair.Second.TrimEnd('\0').Split('\0')));
    }

    private static void SeeSame(GitUrlCase one, string[] call)
    {
        var (isTaken, isForGit) = (one.Verdict == GitUrlVerdict.Taken, call.Length > 1);
        Assert.Equal((one.Url, one.UnlikeGit is null), (one.Url, isTaken == isForGit));
        if (isTaken && isForGit)
        {
            var (url, port) = (GitUrl.Parse(one.Url).Value!, Array.IndexOf(call, "-p"));
            Assert.Equal(
                (one.Url, port < 0 ? 22 : int.Parse(call[port + 1], CultureInfo.InvariantCulture), call[^2], call[^1]),
                (one.Url, url.Port, DestinationOf(url, call[^2]), SshAddress.Of(url).Command)
            );
        }
    }

    // As git spells it where it means the same: ssh takes what is after the last @ for the host.
    private static string DestinationOf(GitUrl url, string byGit)
    {
        var at = byGit.LastIndexOf('@');
        var (user, host) = (at < 0 ? GitUrl.DefaultSshUser : byGit[..at], byGit[(at + 1)..]);
        var name = IPAddress.TryParse(host, out var address) ? address.ToString() : new IdnMapping().GetAscii(host).ToLowerInvariant();
        return (url.User, url.Host) == (user, name) ? byGit : $"{url.User}@{url.Host}";
    }

    [GeneratedRegex("^(https?|git|file|ftps?)://", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex OtherTransportPattern();
}

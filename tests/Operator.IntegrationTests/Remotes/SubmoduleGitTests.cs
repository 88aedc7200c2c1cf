using CodeRepoOperator.Remotes.Submodules;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Remotes;

/// <summary>Where git looks for submodules by the relative URLs in <c>.gitmodules</c>.</summary>
public sealed class SubmoduleGitTests
{
    private static readonly string[] Parents =
    [
        "https://host/team/app.git",
        "https://host/app.git",
        "https://robot@host:8443/a/b/c",
        "ssh://git@host:2222/team/app.git",
        "ssh://host/~ann/app.git",
        "git@host:team/app.git",
        "git@host:app.git",
        "git@host:/srv/app.git",
        "[git@host:2222]:team/app.git",
    ];

    private static readonly string[] Written =
    [
        "../lib.git",
        "./lib.git",
        "../../lib.git",
        "../../../lib.git",
        "../../../../lib.git",
        ".././lib.git",
        "./../lib.git",
        "../lib.git/",
        "../a/b",
        "https://other/lib.git",
        "ssh://git@other/lib.git",
        "git@other:lib.git",
        "../a/../b",
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Relative_urls_lead_where_git_follows_them_to_or_nowhere()
    {
        using var directory = new TemporaryDirectory();
        var lines = Parents.SelectMany(parent => Written.Select(written => (parent, written))).ToList();
        const string Script = """
            cd "$DIRECTORY"; git init -q .; git update-index --add --cacheinfo 160000,1111111111111111111111111111111111111111,x
            while read -r parent written; do
              rm -f .gitmodules; git config remote.origin.url "$parent"; git config --remove-section submodule.x 2>/dev/null
              printf '[submodule "x"]\npath = x\nurl = %s\n' "$written" >.gitmodules
              git submodule --quiet init >/dev/null 2>&1; git config submodule.x.url || echo refused
            done
            """;
        var outcome = await ProcessRunner.RunAsync(
            "bash",
            ["-c", Script],
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["DIRECTORY"] = directory.Path,
                ["GIT_CONFIG_GLOBAL"] = "/dev/null",
                ["GIT_CONFIG_NOSYSTEM"] = "1",
            },
            string.Concat(lines.Select(line => $"{line.parent} {line.written}\n")),
            Token
        );
        var byGit = outcome.OutputOrThrow().TrimEnd('\n').Split('\n');

        Assert.Equal(lines.Count, byGit.Length);
        Assert.All(lines.Zip(byGit), pair =>
        {
            var ((parent, written), theirs) = pair;
            var ours = SubmoduleUrl.Resolve(written, GitUrl.Parse(parent).Value!).Value;
            if (ours is null)
            {
                // Git follows some to other hosts, to no repository, or to local paths.
                var (url, own) = (GitUrl.Parse(theirs).Value, GitUrl.Parse(parent).Value!);
                Assert.True(url is null || url.Authority != own.Authority || url.Scheme != own.Scheme, $"{parent} {written}: {theirs}");
            }
            else
            {
                Assert.Equal((parent, written, GitUrl.Parse(theirs).Value), (parent, written, ours));
            }
        });
        Assert.True(lines.Count(line => SubmoduleUrl.Resolve(line.written, GitUrl.Parse(line.parent).Value!).Succeeded) > lines.Count / 2);
    }
}

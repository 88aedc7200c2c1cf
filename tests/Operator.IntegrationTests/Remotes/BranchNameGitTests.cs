using System.Collections.Concurrent;
using System.Text;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Refs;
using CsCheck;

namespace CodeRepoOperator.Remotes;

/// <summary>A name is accepted exactly when git accepts it, but for what <see cref="BranchName"/> says that it refuses beside.</summary>
public sealed class BranchNameGitTests
{
    // For each name on the standard input, ended by NUL: what git says of it.
    private const string Script =
        """while IFS= read -r -d '' name; do if git check-ref-format "refs/heads/$name"; then echo yes; else echo no; fi; done""";

    [Fact]
    public async Task What_git_accepts_is_accepted()
    {
        var names = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        HostileText.Branch.Sample(
            name =>
            {
                names[name] = IsForGit(name);
            },
            iter: 150
        );
        var asked = names.Where(name => name.Value).Select(name => name.Key).ToList();

        var outcome = await ProcessRunner.RunAsync(
            "bash",
            ["-c", Script],
            new Dictionary<string, string>(StringComparer.Ordinal),
            string.Concat(asked.Select(name => name + "\0")),
            TestContext.Current.CancellationToken
        );

        var responses = outcome.OutputOrThrow().TrimEnd('\n').Split('\n').Select(response => response == "yes").ToList();
        Assert.Equal(asked.Count, responses.Count);
        Assert.True(responses.Count(yes => yes) > 10 && responses.Count(yes => !yes) > 10);
        Assert.All(asked.Zip(responses), pair =>
            Assert.Equal((pair.First, pair.Second && !IsRefusedBeside(pair.First)), (pair.First, BranchName.Parse(pair.First).Succeeded))
        );
    }

    // What can't be handed to a program at all.
    private static bool IsForGit(string name) =>
        !name.Contains('\0', StringComparison.Ordinal) && Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(name)) == name;

    private static bool IsRefusedBeside(string name) =>
        name.StartsWith('-')
        || name is "@" or "HEAD"
        || RemoteText.HoldsUnseen(name)
        || Encoding.UTF8.GetByteCount(name) > BranchName.MaximumLength;
}

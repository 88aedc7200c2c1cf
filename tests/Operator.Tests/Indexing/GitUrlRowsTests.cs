using CodeRepoOperator.Indexing.CodeRepos;
using CodeRepoOperator.Indexing.Importing;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Remotes;

namespace CodeRepoOperator.Indexing;

/// <summary>What an import and the matching of rows make of the table of URLs.</summary>
public sealed class GitUrlRowsTests
{
    public static TheoryData<GitUrlCase> Cases => [.. GitUrlCases.All];

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void An_import_makes_a_CodeRepo_of_what_is_taken_and_says_why_of_what_is_not(GitUrlCase one)
    {
        var decision = new ImportPlan("team").Decide(new IndexingRow("1", one.Url, "main"));
        if (one.Verdict == GitUrlVerdict.Taken)
        {
            Assert.Equal(one.Canonical, Assert.IsType<ImportDecision.Create>(decision).Repo.Spec.GitUrl);
        }
        else
        {
            Assert.Contains(one.Why, Assert.IsType<ImportDecision.Skip>(decision).Why, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_CodeRepo_has_the_rows_of_its_repository_and_no_others()
    {
        var wanted = GitUrlCases.All.Select((one, index) => TestRows.Wanted($"{index}", repo => repo.Spec.GitUrl = one.Url)).ToList();
        var rows = GitUrlCases.All.Select((one, index) => TestRows.Row($"{index}", one.Url)).ToArray();
        var matches = TestRows.Match(wanted, rows);
        foreach (var (one, index) in GitUrlCases.All.Select((one, index) => (one, index)))
        {
            var same = GitUrlCases.All.Where(other => one.Identity.Length > 0 && other.Identity == one.Identity).Select(other => other.Url);
            Assert.Equal(
                same.Order(StringComparer.Ordinal),
                matches.Of($"{index}")!.Rows.Select(row => row.Url).Order(StringComparer.Ordinal)
            );
        }
    }

    [Fact]
    public void The_database_is_asked_for_the_spelling_of_the_CodeRepo_and_for_the_canonical_ones() => Assert.All(GitUrlCases.Taken, one =>
        {
            var spellings = TestRows.Wanted(change: repo => repo.Spec.GitUrl = one.Url).Spellings.ToList();
            Assert.All([one.Url, one.Identity, one.Identity + ".git"], url => Assert.Contains(url.ToLowerInvariant(), spellings));
        });

    [Theory]
    [InlineData("https://dev.azure.com/team/project/_git/hello", "https://team@dev.azure.com/team/project/_git/hello")]
    [InlineData("https://team@dev.azure.com/team/project/_git/hello", "https://dev.azure.com/team/project/_git/hello")]
    [InlineData("https://joe@bitbucket.org/team/hello.git", "https://joe@bitbucket.org/team/hello")]
    [InlineData("git@git.example.com:team/hello.git", "git.example.com:team/hello")]
    [InlineData("ssh://git.example.com/team/hello", "git@git.example.com:team/hello.git")]
    [InlineData("ssh://joe%40example.com@source.example.com:2022/p/hello", "ssh://joe@example.com@source.example.com:2022/p/hello")]
    [InlineData("https://git.example.com/caf%C3%A9", "https://git.example.com/caf\u00e9.git")]
    public void A_row_that_is_spelled_as_hosts_spell_it_is_asked_for(string url, string row)
    {
        var wanted = TestRows.Wanted(change: repo => repo.Spec.GitUrl = url);
        Assert.Contains(row.ToLowerInvariant(), wanted.Spellings);
        Assert.Single(TestRows.Match([wanted], TestRows.Row(url: row)).Of("uid")!.Rows);
    }
}

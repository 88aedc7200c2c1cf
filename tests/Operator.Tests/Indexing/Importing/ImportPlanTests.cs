using CodeRepoOperator.Entities;
using CodeRepoOperator.Indexing.CodeRepos;
using CodeRepoOperator.Indexing.Tables;

namespace CodeRepoOperator.Indexing.Importing;

public sealed class ImportPlanTests
{
    private const string Url = "https://git.example.com/team/hello.git";

    private readonly ImportPlan _plan = new("team");

    [Fact]
    public void A_row_becomes_a_CodeRepo()
    {
        var repo = Created(Row(Url, "main"));

        Assert.Equal(
            ("team", "hello", Url, "main"),
            (repo.Metadata.NamespaceProperty, repo.Metadata.Name, repo.Spec.GitUrl, repo.Spec.Branch)
        );
    }

    [Fact]
    public void A_row_without_a_branch_follows_the_remote_s_HEAD() => Assert.Null(Created(Row(Url, "")).Spec.Branch);

    [Theory]
    [InlineData("the same", Url, "main", true)]
    [InlineData("spelled otherwise", "HTTPS://Git.example.com:443/team/hello", "main", true)]
    [InlineData("another branch", Url, "dev", false)]
    [InlineData("no branch", Url, null, false)]
    [InlineData("another repository", "https://git.example.com/team/Hello.git", "main", false)]
    public void Rows_of_one_repository_and_branch_become_one(string what, string url, string? branch, bool isMerged)
    {
        Created(Row(Url, "main"));

        Assert.Equal((what, isMerged), (what, _plan.Decide(Row(url, branch)) is ImportDecision.Merged));
    }

    [Theory]
    [InlineData("the same, whatever its name", Url, "main", null, "main", true)]
    [InlineData("spelled otherwise", "https://git.example.com/team/hello/", "main", null, "main", true)]
    [InlineData("of another branch", Url, "dev", null, "main", false)]
    [InlineData("that found this branch at the remote's HEAD", Url, null, "main", "main", true)]
    [InlineData("that follows HEAD, as the row does", Url, null, "main", null, true)]
    public void A_CodeRepo_that_is_there_stays_as_it_is(
        string what,
        string url,
        string? ofSpec,
        string? ofStatus,
        string? ofRow,
        bool exists
    )
    {
        _plan.Add(
            TestRows.Repo(change: repo =>
            {
                (repo.Metadata.Name, repo.Spec.GitUrl, repo.Spec.Branch) = ("any", url, ofSpec);
                repo.Status = new CodeRepoStatus { Branch = ofStatus };
            })
        );

        Assert.Equal((what, exists), (what, _plan.Decide(Row(Url, ofRow)) is ImportDecision.Exists));
    }

    [Fact]
    public void A_name_that_another_has_gets_a_tail_that_is_always_the_same()
    {
        _plan.Add(TestRows.Repo(change: repo => repo.Spec.GitUrl = "https://git.example.com/other"));

        var name = Created(Row(Url, "main")).Metadata.Name;

        Assert.Matches("^hello-[0-9a-f]{8}$", name);
        var again = new ImportPlan("team");
        Assert.Equal("hello", ((ImportDecision.Create)again.Decide(Row("https://git.example.com/other/hello", null))).Repo.Metadata.Name);
        Assert.Equal(name, ((ImportDecision.Create)again.Decide(Row(Url, "main"))).Repo.Metadata.Name);
    }

    [Theory]
    [InlineData("none", null, "main", "is empty")]
    [InlineData("empty", "", "main", "is empty")]
    [InlineData("a file", "file:///srv/hello.git", "main", "none of https, http and ssh")]
    [InlineData("a directory", "/srv/hello.git", "main", "local paths")]
    [InlineData("with a password", "https://user:secret@git.example.com/hello.git", "main", "holds a password")]
    [InlineData("with a token", "https://ghp_secret@git.example.com/hello.git", "main", "holds a token")]
    [InlineData("no branch's name", Url, "-secret", "can't start with a dash")]
    public void What_can_t_be_cloned_is_skipped_and_no_credential_reported(string what, string? url, string branch, string why)
    {
        var skip = Assert.IsType<ImportDecision.Skip>(_plan.Decide(Row(url, branch)));

        Assert.Contains(why, skip.Why, StringComparison.Ordinal);
        Assert.False(
            skip.Why.Contains("secret@", StringComparison.Ordinal)
                || skip.Why.Contains("-secret", StringComparison.Ordinal)
                || skip.Why.Contains("ghp_", StringComparison.Ordinal),
            what
        );
    }

    [Fact]
    public void What_would_be_made_is_YAML_whatever_it_is_called() =>
        Assert.Equal(
            """
            ---
            apiVersion: coderepo.dev/v1alpha1
            kind: CodeRepo
            metadata:
              name: "123"
              namespace: "team"
            spec:
              git_url: "https://git.example.com/123"
              branch: "a#'\"b"
            """,
            CodeRepoText.Yaml(
                TestRows.Repo(change: repo =>
                    (repo.Metadata.Name, repo.Spec.GitUrl, repo.Spec.Branch) = ("123", "https://git.example.com/123", "a#'\"b")
                )
            )
        );

    private static IndexingRow Row(string? url, string? branch) => new("1", url ?? "", branch);

    private CodeRepo Created(IndexingRow row) => Assert.IsType<ImportDecision.Create>(_plan.Decide(row)).Repo;
}

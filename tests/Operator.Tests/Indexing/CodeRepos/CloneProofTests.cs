using CodeRepoOperator.Entities;
using k8s.Models;

namespace CodeRepoOperator.Indexing.CodeRepos;

public sealed class CloneProofTests
{
    private const string Other = "https://git.example.com/other/hello.git";

    [Theory]
    [InlineData("a clone by its own Secret", CloneAccess.Secret, "Own")]
    [InlineData("a clone of a public repository", CloneAccess.Anonymous, "Own")]
    [InlineData("a clone by what the administrator gives its namespace", CloneAccess.Granted, "Own")]
    [InlineData("a clone by what the administrator gives all", CloneAccess.Shared, "Shared")]
    [InlineData("a clone by a proxy that may have led elsewhere", CloneAccess.Proxy, "Shared")]
    public void A_clone_proves_what_it_was_made_by(string what, CloneAccess access, string expected) =>
        Assert.Equal((what, expected), (what, Claim(repo => repo.Status!.Origin!.Access = access)));

    [Fact]
    public void Without_a_status_nothing_is_proven() => Assert.Equal(ProvenAccess.None, CloneProof.Of(TestRows.Bare()));

    [Fact]
    public void The_URL_may_be_spelled_otherwise() =>
        Assert.Equal("Own", Claim(repo => repo.Spec.GitUrl = "https://GIT.example.com:443/team/hello"));

    [Fact]
    public void A_clone_of_another_repository_proves_nothing_whatever_the_conditions_say() =>
        Assert.Equal(
            "None",
            Claim(repo =>
            {
                // After the spec was changed to another's URL, before and after the reconcile that fails.
                repo.Status!.Origin!.Url = Other;
                repo.Status.ObservedGeneration = repo.Metadata.Generation;
                Add(repo, ConditionTypes.Ready, "True", repo.Metadata.Generation);
            })
        );

    [Theory]
    [InlineData("v1", "tag v1", "Own")]
    [InlineData("v2", "tag v1", "None")]
    [InlineData("v1", null, "None")]
    [InlineData(null, "tag v1", "None")]
    public void A_clone_of_another_ref_proves_nothing(string? tag, string? asked, string expected) =>
        Assert.Equal(
            expected,
            Claim(repo =>
            {
                (repo.Spec.Branch, repo.Spec.Ref) = (null, tag is null ? null : new CodeRepoRef { Tag = tag });
                repo.Status!.Ref = asked is null ? null : new CodeRepoRefStatus { Asked = asked };
            })
        );

    [Fact]
    public void A_clone_of_another_branch_proves_nothing() => Assert.Equal("None", Claim(repo => repo.Spec.Branch = "dev"));

    [Theory]
    [InlineData("lost, being made again", true, false, false, "Own")]
    [InlineData("lost, and the remote refuses", false, true, false, "None")]
    [InlineData("lost, and nobody is at it", false, false, false, "None")]
    [InlineData("lost and suspended", true, false, true, "None")]
    public void A_clone_that_is_lost(string what, bool isReconciling, bool isStalled, bool isSuspended, string expected) =>
        Assert.Equal(
            (what, expected),
            (
                what,
                Claim(repo =>
                {
                    repo.Spec.Suspend = isSuspended;
                    repo.Status!.ClonedAt = TestRows.StartedAt;
                    repo.Status.Conditions!.Single().Status = "False";
                    Add(repo, ConditionTypes.Reconciling, isReconciling ? "True" : "False");
                    Add(repo, ConditionTypes.Stalled, isStalled ? "True" : "False");
                })
            )
        );

    [Fact]
    public void A_suspended_one_with_its_clone_counts() => Assert.Equal("Own", Claim(repo => repo.Spec.Suspend = true));

    [Theory]
    [InlineData("of this spec", "True", 3, "Own")]
    [InlineData("of an older spec", "True", 2, "None")]
    [InlineData("not ready", "False", 3, "None")]
    public void A_status_of_an_older_version_counts_by_its_generation(string what, string ready, long generation, string expected) =>
        Assert.Equal(
            (what, expected),
            (
                what,
                Claim(repo =>
                {
                    repo.Status!.Origin = null;
                    Add(repo, ConditionTypes.Ready, ready, generation);
                })
            )
        );

    private static string Claim(Action<CodeRepo> change)
    {
        var repo = TestRows.Repo();
        change(repo);
        return CloneProof.Of(repo).ToString();
    }

    private static void Add(CodeRepo repo, string type, string status, long? generation = null) =>
        repo.Status!.Conditions = [
            .. repo.Status.Conditions!,
            new V1Condition
            {
                Type = type,
                Status = status,
                ObservedGeneration = generation,
            },
        ];
}

using CodeRepoOperator.Entities;
using k8s;

namespace CodeRepoOperator.Cloning.Clones;

public sealed class DesiredRevisionTests
{
    private const string Commit = "0123456789abcdef0123456789abcdef01234567";

    public static TheoryData<CodeRepoRef, string> Good =>
        new()
        {
            {
                new CodeRepoRef { Tag = "v1.2.3" },
                "Named { Ref = refs/tags/v1.2.3"
            },
            {
                new CodeRepoRef { Tag = "release/2026-01" },
                "Named { Ref = refs/tags/release/2026-01"
            },
            {
                new CodeRepoRef { Semver = ">=1.2 <2" },
                "Highest"
            },
            {
                new CodeRepoRef { Commit = Commit.ToUpperInvariant() },
                $"Commit {{ Ref = , Prefixes = System.String[], Id = {Commit}"
            },
            {
                new CodeRepoRef { Name = "refs/pull/12/head" },
                "Named { Ref = refs/pull/12/head"
            },
            {
                new CodeRepoRef { Name = "refs/heads/main" },
                "Named { Ref = refs/heads/main"
            },
        };

    [Theory]
    [MemberData(nameof(Good), DisableDiscoveryEnumeration = true)]
    public void A_ref_is_read(CodeRepoRef asked, string revision) =>
        Assert.StartsWith(revision, DesiredRevision.Of(new CodeRepoSpec { Ref = asked }).Value?.ToString(), StringComparison.Ordinal);

    public static TheoryData<Action<CodeRepoSpec>, string> Bad =>
        new()
        {
            { spec => (spec.Branch, spec.Ref) = ("main", new CodeRepoRef { Tag = "v1" }), "take one of them out" },
            { spec => spec.Ref = new CodeRepoRef(), "exactly one of tag, semver, commit and name" },
            { spec => spec.Ref = new CodeRepoRef { Tag = "v1", Commit = Commit }, "exactly one of" },
            { spec => spec.Ref = new CodeRepoRef { Tag = "" }, "spec.ref.tag must have 1 to 244" },
            { spec => spec.Ref = new CodeRepoRef { Tag = "refs/tags/v1" }, "without refs/tags/" },
            { spec => spec.Ref = new CodeRepoRef { Tag = "-v" }, "start with a dash" },
            { spec => spec.Ref = new CodeRepoRef { Tag = "v1\nv2" }, "control characters" },
            { spec => spec.Ref = new CodeRepoRef { Semver = "newest" }, "a range of versions" },
            { spec => spec.Ref = new CodeRepoRef { Commit = Commit[..39] }, "40 hexadecimal digits" },
            { spec => spec.Ref = new CodeRepoRef { Commit = Commit[..39] + "g" }, "40 hexadecimal digits" },
            { spec => spec.Ref = new CodeRepoRef { Name = "pull/12/head" }, "the full name of a ref" },
            { spec => spec.Ref = new CodeRepoRef { Name = "refs/" }, "must have 1 to" },
            { spec => spec.Ref = new CodeRepoRef { Name = "refs/../HEAD" }, "can't" },
        };

    [Theory]
    [MemberData(nameof(Bad), DisableDiscoveryEnumeration = true)]
    public void A_ref_that_cannot_work_is_refused_with_what_to_do(Action<CodeRepoSpec> change, string words)
    {
        var spec = new CodeRepoSpec();
        change(spec);
        var failure = DesiredRevision.Of(spec).Failure;
        Assert.Equal(Reasons.InvalidSpec, failure?.Reason);
        Assert.Contains(words, failure?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_commit_is_never_polled_again_and_a_tag_is()
    {
        var commit = TestClones.Wanted(repo => (repo.Spec.Branch, repo.Spec.Ref) = (null, new CodeRepoRef { Commit = Commit }));
        var tag = TestClones.Wanted(repo => (repo.Spec.Branch, repo.Spec.Ref) = (null, new CodeRepoRef { Tag = "v1" }));
        Assert.Equal((TimeSpan.Zero, true), (commit.Interval, tag.Interval > TimeSpan.Zero));
        Assert.False(commit.SameCloneAs(tag));
    }

    [Fact]
    public void The_example_has_one_of_each()
    {
        var specs = File.ReadAllText(Checkout.PathOf("examples/coderepo-ref.yaml"))
            .Split("---")
            .Select(document => KubernetesYaml.Deserialize<CodeRepo>(document).Spec)
            .ToList();

        Assert.All(specs, spec => Assert.True(DesiredRevision.Of(spec).Succeeded, spec.Ref?.Asked));
        Assert.Equal(["tag", "semver", "commit", "name"], specs.Select(spec => spec.Ref!.Asked.Split(' ')[0]));
    }
}

using CodeRepoOperator.Entities;
using k8s;

namespace CodeRepoOperator.Cloning.Clones;

public sealed class DesiredCloneTests
{
    public static TheoryData<string, Action<CodeRepoSpec>> Refused =>
        new()
        {
            { Reasons.InvalidUrl, spec => spec.GitUrl = "file:///etc" },
            { Reasons.InvalidSpec, spec => spec.Branch = "--upload-pack=x" },
            { Reasons.InvalidSpec, spec => spec.Branch = "" },
            { Reasons.InvalidSpec, spec => spec.Branch = "refs/heads/main" },
            { Reasons.InvalidSpec, spec => spec.Unreadable = ["auth.secret"] },
            { Reasons.InvalidSpec, spec => spec.Timeout = "0s" },
            { Reasons.InvalidSpec, spec => spec.Timeout = "soon" },
            { Reasons.InvalidSpec, spec => spec.Interval = "-5m" },
            { Reasons.InvalidSpec, spec => spec.Interval = "25h" },
            { Reasons.InvalidSpec, spec => spec.Depth = -1 },
            { Reasons.InvalidSpec, spec => spec.Submodules = new CodeRepoSubmodules { Depth = 0 } },
            { Reasons.InvalidSpec, spec => spec.Submodules = new CodeRepoSubmodules { Max = 501 } },
            { Reasons.InvalidSpec, spec => spec.Lfs = new CodeRepoLfs { MaxBytes = "0" } },
            { Reasons.InvalidSpec, spec => spec.Lfs = new CodeRepoLfs { MaxBytes = "much" } },
            { Reasons.InvalidSpec, spec => spec.Lfs = new CodeRepoLfs { MaxBytes = "01" } },
            { Reasons.InvalidSpec, spec => spec.Lfs = new CodeRepoLfs { MaxBytes = "1e3" } },
            { Reasons.InvalidSpec, spec => spec.Lfs = new CodeRepoLfs { MaxBytes = "500m" } },
            { Reasons.InvalidSpec, spec => spec.Lfs = new CodeRepoLfs { MaxBytes = "" } },
            { Reasons.InvalidSpec, spec => spec.Sparse = [] },
            { Reasons.InvalidSpec, spec => spec.Sparse = ["src", "../x"] },
            { Reasons.InvalidSpec, spec => spec.Sparse = ["src", null!] },
            { Reasons.InvalidSpec, spec => spec.Auth = new CodeRepoAuth() },
            { Reasons.InvalidSpec, spec => spec.Auth = new CodeRepoAuth { Secret = "../other/secret" } },
            { Reasons.Unsupported, spec => spec.Storage = new CodeRepoStorage { Size = "1Gi" } },
        };

    [Theory]
    [MemberData(nameof(Refused), DisableDiscoveryEnumeration = true)]
    public void A_spec_that_cannot_work_is_refused_for_good(string reason, Action<CodeRepoSpec> change)
    {
        var wanted = DesiredClone.Of(TestClones.Repo(repo => change(repo.Spec)));

        Assert.Equal(reason, wanted.Failure?.Reason);
        Assert.True(wanted.Failure?.Terminal);
    }

    [Theory]
    [InlineData("depth", "spec.depth has a value of another type", "kubectl explain coderepo.spec.depth")]
    [InlineData("storage.accessModes[0]", "spec.storage.accessModes[0] has", "coderepo.spec.storage.accessModes)")]
    [InlineData("", "spec has a value", "coderepo.spec)")]
    public void What_could_not_be_read_is_named_with_what_to_do(string field, string what, string advice)
    {
        var message = DesiredClone.Of(TestClones.Repo(repo => repo.Spec.Unreadable = [field])).Failure!.Message;

        Assert.StartsWith(what, message, StringComparison.Ordinal);
        Assert.Contains(advice, message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_defaults_are_a_valid_spec()
    {
        var wanted = TestClones.Wanted();

        Assert.Equal((TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5), 1), (wanted.Interval, wanted.Timeout, wanted.Depth));
    }

    [Fact]
    public void A_Secret_is_of_the_spec_and_makes_no_other_clone()
    {
        var wanted = TestClones.Wanted(repo => repo.Spec.Auth = new CodeRepoAuth { Secret = "hello-git.v1" });

        Assert.Equal("hello-git.v1", wanted.Secret);
        Assert.True(TestClones.Wanted().SameCloneAs(wanted));
    }

    [Fact]
    public void Submodules_make_another_clone_and_the_examples_are_valid()
    {
        var wanted = TestClones.Wanted(repo => repo.Spec.Submodules = new CodeRepoSubmodules());
        Assert.Equal(new DesiredSubmodules(Required: false, 4, 200), wanted.Submodules);
        Assert.False(TestClones.Wanted().SameCloneAs(wanted));
        Assert.True(wanted.SameCloneAs(TestClones.Wanted(repo => repo.Spec.Submodules = new CodeRepoSubmodules())));
        Assert.False(TestClones.Published().Meets(wanted));

        var examples = File.ReadAllText(Checkout.PathOf("examples/coderepo-submodules.yaml"))
            .Split("---")
            .Select(document => DesiredSubmodules.Of(KubernetesYaml.Deserialize<CodeRepo>(document).Spec));
        Assert.Equal([new DesiredSubmodules(Required: false, 4, 200), new DesiredSubmodules(Required: true, 1, 50)], examples);
    }

    [Fact]
    public void Files_of_Git_Lfs_make_another_clone_and_the_examples_are_valid()
    {
        var wanted = TestClones.Wanted(repo => repo.Spec.Lfs = new CodeRepoLfs());
        Assert.Equal(new DesiredLfs(Required: false, 5L << 30), wanted.Lfs);
        Assert.False(TestClones.Wanted().SameCloneAs(wanted));
        Assert.False(TestClones.Published().Meets(wanted));
        Assert.Equal(
            long.MaxValue,
            TestClones.Wanted(repo => repo.Spec.Lfs = new CodeRepoLfs { MaxBytes = "999999999999999E" }).Lfs!.MaxBytes
        );

        var examples = File.ReadAllText(Checkout.PathOf("examples/coderepo-lfs.yaml"))
            .Split("---")
            .Select(document => DesiredLfs.Of(KubernetesYaml.Deserialize<CodeRepo>(document).Spec));
        Assert.Equal([new DesiredLfs(Required: false, 5L << 30), new DesiredLfs(Required: true, 500_000_000)], examples);
    }

    [Fact]
    public void Folders_make_another_clone_whatever_their_order_and_the_example_is_valid()
    {
        var wanted = TestClones.Wanted(repo => repo.Spec.Sparse = ["src/", "docs/api", "src/deep"]);
        Assert.Equal(["docs/api", "src"], wanted.Sparse!.Paths);
        Assert.False(TestClones.Wanted().SameCloneAs(wanted));
        Assert.True(wanted.SameCloneAs(TestClones.Wanted(repo => repo.Spec.Sparse = ["docs/api", "src"])));
        Assert.False(wanted.SameCloneAs(TestClones.Wanted(repo => repo.Spec.Sparse = ["docs", "src"])));
        Assert.False(TestClones.Published().Meets(wanted));
        var published = TestClones.Published();
        Assert.True((published with { Marker = published.Marker with { Sparse = new ClonedSparse(wanted.Sparse, null) } }).Meets(wanted));
        Assert.False(
            (published with { Marker = published.Marker with { Sparse = new ClonedSparse(wanted.Sparse, null) } }).Meets(
                TestClones.Wanted()
            )
        );

        var example = KubernetesYaml.Deserialize<CodeRepo>(File.ReadAllText(Checkout.PathOf("examples/coderepo-sparse.yaml"))).Spec;
        Assert.Null(DesiredSparse.FlawOf(example));
        Assert.NotNull(DesiredSparse.Of(example));
    }

    [Fact]
    public void Interval_and_timeout_make_no_other_clone_and_the_uid_does()
    {
        Assert.True(TestClones.Wanted().SameCloneAs(TestClones.Wanted(repo => (repo.Spec.Interval, repo.Spec.Timeout) = ("1h", "1h"))));
        Assert.False(TestClones.Wanted().SameCloneAs(TestClones.Wanted(repo => repo.Metadata.Uid = "other")));
    }
}

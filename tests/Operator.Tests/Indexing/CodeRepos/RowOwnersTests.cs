using CodeRepoOperator.Entities;
using CodeRepoOperator.Indexing.Sweeping;
using CodeRepoOperator.Indexing.Tables;

namespace CodeRepoOperator.Indexing.CodeRepos;

public sealed class RowOwnersTests
{
    private static readonly TimeSpan OfTable = TimeSpan.FromMinutes(30);

    [Theory]
    [InlineData("same branch", "main", "main", null, true)]
    [InlineData("another branch", "main", "dev", null, false)]
    [InlineData("a branch, the row has none", "main", null, null, false)]
    [InlineData("a branch, the row has an empty one", "main", "", null, false)]
    [InlineData("HEAD, the row has none", null, null, null, true)]
    [InlineData("HEAD, the row has an empty one", null, "", null, true)]
    [InlineData("HEAD not known yet, the row has one", null, "main", null, false)]
    [InlineData("HEAD is the row's", null, "main", "main", true)]
    [InlineData("HEAD is another", null, "dev", "main", false)]
    [InlineData("HEAD is known, the row has none", null, null, "main", true)]
    [InlineData("the spec's branch counts, not the status'", "dev", "main", "main", false)]
    public void A_row_without_a_key_goes_by_its_branch(string what, string? ofSpec, string? ofRow, string? ofStatus, bool isOwn)
    {
        var wanted = TestRows.Wanted(change: repo =>
        {
            repo.Spec.Branch = ofSpec;
            repo.Status = new CodeRepoStatus { Branch = ofStatus };
        });

        var match = TestRows.Match([wanted], TestRows.Row(branch: ofRow)).Of("uid")!;

        Assert.Equal((what, isOwn), (what, match.Rows.Count == 1));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("main")]
    public void One_of_a_tag_has_no_row_by_its_branch(string? ofRow)
    {
        var wanted = TestRows.Wanted(change: repo =>
        {
            (repo.Spec.Branch, repo.Spec.Ref) = (null, new CodeRepoRef { Tag = "v1" });
            repo.Status = new CodeRepoStatus
            {
                Branch = "main",
                Ref = new CodeRepoRefStatus { Asked = "tag v1" },
            };
        });

        Assert.True(wanted.MayHaveRows);
        Assert.Empty(TestRows.Match([wanted], TestRows.Row(branch: ofRow)).Of("uid")!.Rows);
        Assert.Contains(
            "spec.indexing.id",
            IndexingState.For(wanted, [TestRows.Found(TestRows.Match([wanted]))], TestRows.Options)?.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_table_without_branches_has_one_row_for_all() =>
        Assert.Single(RowOwners.Between([TestRows.Wanted()], [TestRows.Row(branch: null)], "bigint", hasBranches: false).Of("uid")!.Rows);

    [Theory]
    [InlineData("its own", "1", TestRows.Url, true, false, false)]
    [InlineData("its own, spelled otherwise", "1", "https://GIT.example.com:443/team/hello", true, false, false)]
    [InlineData("its own, of another branch", "2", TestRows.Url, true, false, false)]
    [InlineData("a key written with zeros", "01", TestRows.Url, true, false, false)]
    [InlineData("another repository's", "1", "https://git.example.com/other/hello", false, true, false)]
    [InlineData("another by the case of the path", "1", "https://git.example.com/Team/hello", false, true, false)]
    [InlineData("one without a URL", "1", null, false, true, false)]
    [InlineData("one that is not there", "9", TestRows.Url, false, false, false)]
    [InlineData("no key of this type", "hello", TestRows.Url, false, false, true)]
    public void A_row_that_is_named_must_be_of_the_same_repository(
        string what,
        string id,
        string? url,
        bool isOwn,
        bool isOfAnother,
        bool isNoKey
    )
    {
        var wanted = TestRows.Wanted(change: repo => repo.Spec.Indexing = new CodeRepoIndexing { Id = id, Threshold = "2h" });

        var matches = TestRows.Match([wanted], TestRows.Row("1", url), TestRows.Row("2", url, branch: "dev"));

        var match = matches.Of("uid")!;
        Assert.Equal((what, isOwn, isOfAnother, isNoKey), (what, match.Rows.Count == 1, match.IsOfAnother, match.IsNoKey));
        Assert.Equal(
            isOwn ? [KeyValuePair.Create(id.TrimStart('0'), TimeSpan.FromHours(2))] : [],
            matches.Thresholds(OfTable).AsEnumerable()
        );
    }

    [Fact]
    public void Candidates_that_differ_in_the_case_of_the_path_are_nobody_s() =>
        Assert.Empty(TestRows.Match([TestRows.Wanted()], TestRows.Row(url: "https://git.example.com/TEAM/hello.git")).Of("uid")!.Rows);

    [Fact]
    public void Several_rows_of_one_repository_and_branch_all_belong_to_it() =>
        Assert.Equal(
            2,
            TestRows
                .Match([TestRows.WantedWith("uid", "2h")], TestRows.Row("1"), TestRows.Row("2"), TestRows.Row("3", branch: "dev"))
                .Thresholds(OfTable)
                .Count
        );

    [Theory]
    [InlineData("both ask", "10m", "2h", "02:00:00")]
    [InlineData("one asks for less than the table's, the other for none", "10m", null, null)]
    [InlineData("one asks for more, the other for none", "2h", null, "02:00:00")]
    [InlineData("both ask for less", "10m", "20m", "00:20:00")]
    public void Of_several_CodeRepos_on_one_row_the_most_patient_counts(string what, string one, string? other, string? expected)
    {
        var second = other is null ? TestRows.Wanted("b") : TestRows.WantedWith("b", other);

        var matches = TestRows.Match([TestRows.WantedWith("a", one), second], TestRows.Row());

        var found = matches.Thresholds(OfTable).Values.Select(time => time.ToString("c")).SingleOrDefault();
        Assert.Equal((what, expected), (what, found));
        Assert.Equal((2, 2), (matches.Of("a")!.Sharers, matches.Of("b")!.Sharers));
    }

    [Fact]
    public void One_that_names_the_row_by_key_and_one_by_its_URL_share_it()
    {
        var byKey = TestRows.Wanted("a", repo => repo.Spec.Indexing = new CodeRepoIndexing { Id = "1" });

        Assert.Equal(2, TestRows.Match([byKey, TestRows.Wanted("b")], TestRows.Row()).Of("a")!.Sharers);
    }

    [Theory]
    [InlineData("by its URL", null)]
    [InlineData("by the key", "1")]
    public void A_URL_alone_gives_no_row_no_threshold_and_no_part_in_one(string what, string? id)
    {
        var thief = TestRows.Unproven("thief", repo =>
            (repo.Spec.Suspend, repo.Spec.Indexing) = (true, new CodeRepoIndexing { Id = id, Threshold = "24h" })
        );

        var matches = TestRows.Match([TestRows.WantedWith("own", "1h"), thief], TestRows.Row("1", status: "indexing"));

        Assert.Equal((what, 0, 0), (what, matches.Of("thief")!.Rows.Count, matches.Of("thief")!.Sharers));
        Assert.Equal((1, 1), (matches.Of("own")!.Rows.Count, matches.Of("own")!.Sharers));
        Assert.Equal([KeyValuePair.Create("1", TimeSpan.FromHours(1))], matches.Thresholds(OfTable).AsEnumerable());
        Assert.Empty(TestRows.Match([thief], TestRows.Row()).Thresholds(OfTable));
    }

    [Fact]
    public void Whether_a_key_is_another_s_is_not_reported_to_who_has_no_clone()
    {
        var thief = TestRows.Unproven("thief", repo => repo.Spec.Indexing = new CodeRepoIndexing { Id = "1" });

        Assert.Equal(
            (false, false),
            (
                TestRows.Match([thief], TestRows.Row(url: "https://git.example.com/other")).Of("thief")!.IsOfAnother,
                TestRows.Match([thief]).Of("thief")!.IsOfAnother
            )
        );
    }

    [Theory]
    [InlineData("its tenant's", "acme", null, true)]
    [InlineData("its tenant's, by key", "acme", "1", true)]
    [InlineData("another's", "umbrella", null, false)]
    [InlineData("another's, by key", "umbrella", "1", false)]
    [InlineData("another's by the case", "Acme", null, false)]
    [InlineData("nobody's", null, null, false)]
    public void Where_namespaces_are_mapped_a_row_must_be_of_the_tenant(string what, string? tenant, string? id, bool isOwn)
    {
        var options = new IndexingOptions { Tenants = [new IndexingTenant { Namespace = "team", Values = ["acme"] }] };
        var wanted = DesiredRow.Of(
            TestRows.Repo(change: repo => repo.Spec.Indexing = new CodeRepoIndexing { Id = id, Threshold = "2h" }),
            options
        );
        var elsewhere = DesiredRow.Of(TestRows.Repo("elsewhere", repo => repo.Metadata.NamespaceProperty = "other"), options);

        var matches = TestRows.Match([wanted, elsewhere], TestRows.Row() with { Tenant = tenant });

        Assert.Equal((what, isOwn, isOwn ? 1 : 0), (what, matches.Of("uid")!.Rows.Count == 1, matches.Thresholds(OfTable).Count));
        Assert.False(matches.Of("uid")!.IsOfAnother);
        Assert.Empty(matches.Of("elsewhere")!.Rows);
    }

    [Theory]
    [InlineData("no map", null, false)]
    [InlineData("a map", "acme", true)]
    public void A_clone_by_what_all_namespaces_may_use_counts_within_a_map_alone(string what, string? tenant, bool isOwn)
    {
        var options = new IndexingOptions
        {
            Tenants = tenant is null ? [] : [new IndexingTenant { Namespace = "team", Values = [tenant] }],
        };
        var wanted = DesiredRow.Of(
            TestRows.Repo(change: repo =>
                repo.Status = new CodeRepoStatus
                {
                    Origin = new CodeRepoOrigin { Url = TestRows.Url, Access = CloneAccess.Shared },
                }
            ),
            options
        );

        Assert.Equal((what, isOwn), (what, TestRows.Match([wanted], TestRows.Row() with { Tenant = "acme" }).Of("uid")!.Rows.Count == 1));
    }

    [Fact]
    public void A_repo_that_came_later_is_not_known() => Assert.Null(TestRows.Match([], TestRows.Row()).Of("uid"));

    [Fact]
    public void After_a_sweep_its_rows_are_as_they_were_set()
    {
        var target = new IndexingTarget { Exhausted = "dead" };
        var matches = TestRows.Match(
            [TestRows.Wanted()],
            TestRows.Row("1", status: "indexing"),
            TestRows.Row("2", status: "indexing"),
            TestRows.Row("3")
        );
        var reset = new[]
        {
            new SweptRow("1", TimeSpan.FromHours(1), 2, IsExhausted: false),
            new SweptRow("2", TimeSpan.FromHours(1), 6, IsExhausted: true),
        };

        var rows = matches.After(target, reset.ToDictionary(row => row.Key, StringComparer.Ordinal)).Of("uid")!.Rows;

        Assert.Equal([("error", 2), ("dead", 6), ("cloned", 0)], rows.Select(row => (row.Status!, row.Resets!.Value)));
    }
}

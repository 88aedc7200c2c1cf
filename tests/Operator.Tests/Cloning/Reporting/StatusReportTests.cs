using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Sparse;
using CodeRepoOperator.Remotes.Submodules;
using CodeRepoOperator.Remotes.Worker;
using k8s;
using k8s.Models;

namespace CodeRepoOperator.Cloning.Reporting;

public sealed class StatusReportTests
{
    private static readonly StoreOptions Store = new()
    {
        Root = "/store",
        Claim = "store-0",
        Namespace = "system",
        Node = "node-1",
    };
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly CloneFailure Down = new(Reasons.Unreachable, "The remote is down.");
    private static readonly CloneFailure Wrong = new(Reasons.BranchNotFound, "There is no such branch.");
    private static readonly CloneState Whole = new()
    {
        Published = TestClones.Published(),
        IsAsWanted = true,
        RespondedAt = Now,
    };

    private static readonly Dictionary<string, CloneState> States = new()
    {
        ["cloned"] = Whole,
        ["cloned with all that can be asked for"] = WithContent(),
        ["cloned, remote down"] = Whole with { Failure = Down },
        ["cloned, branch gone"] = Whole with { Failure = Wrong },
        ["cloned, suspended"] = Whole with { Held = (Reasons.Suspended, "Suspended.") },
        ["first clone under way"] = new() { UnderWay = (Reasons.Cloning, "Cloning.") },
        ["lost, clone under way"] = new() { UnderWay = (Reasons.Recloning, "Cloning again.") },
        ["no clone, remote down"] = new() { Failure = Down },
        ["no clone, branch absent"] = new() { Failure = Wrong },
        ["clone of an older spec, branch absent"] = new() { Published = TestClones.Published(), Failure = Wrong },
        ["clone of an older spec, clone under way"] = new()
        {
            Published = TestClones.Published(),
            UnderWay = (Reasons.Cloning, "Cloning."),
        },
        ["not asked for"] = new() { Held = (Reasons.NotRequested, "Ask.") },
    };

    [Theory]
    [InlineData("cloned", "Ready=True/Cloned CloneAvailable=True/Cloned ContentComplete=True/NothingOmitted")]
    [InlineData(
        "cloned, remote down",
        "Ready=True/Stale Reconciling=True/Unreachable CloneAvailable=True/Cloned ContentComplete=True/NothingOmitted"
    )]
    [InlineData(
        "cloned, branch gone",
        "Ready=True/Stale Stalled=True/BranchNotFound CloneAvailable=True/Cloned ContentComplete=True/NothingOmitted"
    )]
    [InlineData("cloned, suspended", "Ready=True/Suspended CloneAvailable=True/Cloned ContentComplete=True/NothingOmitted")]
    [InlineData("first clone under way", "Ready=False/Cloning Reconciling=True/Cloning CloneAvailable=False/NoClone")]
    [InlineData("lost, clone under way", "Ready=False/Recloning Reconciling=True/Recloning CloneAvailable=False/NoClone")]
    [InlineData("no clone, remote down", "Ready=False/Unreachable Reconciling=True/Unreachable CloneAvailable=False/NoClone")]
    [InlineData("no clone, branch absent", "Ready=False/BranchNotFound Stalled=True/BranchNotFound CloneAvailable=False/NoClone")]
    [InlineData(
        "clone of an older spec, branch absent",
        "Ready=False/BranchNotFound Stalled=True/BranchNotFound CloneAvailable=True/Cloned ContentComplete=True/NothingOmitted"
    )]
    [InlineData(
        "clone of an older spec, clone under way",
        "Ready=False/Cloning Reconciling=True/Cloning CloneAvailable=True/Cloned ContentComplete=True/NothingOmitted"
    )]
    [InlineData("not asked for", "Ready=False/NotRequested CloneAvailable=False/NoClone")]
    public void Each_state_has_its_conditions(string state, string conditions)
    {
        var status = StatusReport.For(TestClones.Repo(), States[state], Store, Now);

        Assert.Equal(
            conditions,
            string.Join(' ', status.Conditions!.Select(condition => $"{condition.Type}={condition.Status}/{condition.Reason}"))
        );
        Assert.All(status.Conditions!, condition => Assert.Equal(3, condition.ObservedGeneration));
        Assert.Equal(3, status.ObservedGeneration);
    }

    [Theory]
    [InlineData("a retry that fails alike: the same words", Reasons.Unreachable, "Down since 5.", "Down since 9.", 3, "Down since 5.")]
    [InlineData("other words: reported", Reasons.Unreachable, "Down since 5.", "Refused since 9.", 3, "Refused since 9.")]
    [InlineData("another reason: reported", Reasons.Timeout, "Down since 5.", "Down since 9.", 3, "Down since 9.")]
    [InlineData("another spec: reported", Reasons.Unreachable, "Down since 5.", "Down since 9.", 2, "Down since 9.")]
    public void Only_what_changed_in_a_failure_is_reported(
        string name,
        string toldReason,
        string reported,
        string now,
        long toldGeneration,
        string words
    )
    {
        foreach (var state in new[] { Whole, new CloneState() })
        {
            var before = TestClones.Repo();
            before.Status = StatusReport.For(before, state with { Failure = new CloneFailure(toldReason, reported) }, Store, Now);
            before.Status.Conditions!.Single(one => one.Type == ConditionTypes.Reconciling).ObservedGeneration = toldGeneration;

            var status = StatusReport.For(before, state with { Failure = new CloneFailure(Reasons.Unreachable, now) }, Store, Now);

            Assert.All(status.Conditions!.Where(one => one.Type is ConditionTypes.Ready or ConditionTypes.Reconciling), condition =>
                Assert.True(condition.Message.EndsWith(words, StringComparison.Ordinal), $"{name}: {condition.Message}")
            );
        }
    }

    [Fact]
    public void An_administrators_limit_in_a_terminal_failure_is_reported_as_it_is_now()
    {
        var before = TestClones.Repo();
        before.Status = StatusReport.For(
            before,
            new CloneState { Failure = new CloneFailure(Reasons.TooLarge, "More than 5 bytes.") },
            Store,
            Now
        );

        var status = StatusReport.For(
            before,
            new CloneState { Failure = new CloneFailure(Reasons.TooLarge, "More than 9 bytes.") },
            Store,
            Now
        );

        Assert.Equal("More than 9 bytes.", status.Conditions!.Single(one => one.Type == ConditionTypes.Stalled).Message);
    }

    [Fact]
    public void What_was_left_out_is_named()
    {
        var published = TestClones.Published();
        var omitted = new OmittedContent(new OmittedPaths(7, ["libs/a", "libs/b"]), new OmittedPaths(1, ["big.bin"]));
        var state = Whole with { Published = published with { Marker = published.Marker with { Omitted = omitted } } };

        var condition = StatusReport
            .For(TestClones.Repo(), state, Store, Now)
            .Conditions!.Single(one => one.Type == ConditionTypes.ContentComplete);

        Assert.Equal(("False", Reasons.ContentOmitted), (condition.Status, condition.Reason));
        Assert.Contains("libs/a, libs/b and 5 more", condition.Message, StringComparison.Ordinal);
        Assert.Contains("pointers: big.bin.", condition.Message, StringComparison.Ordinal);
        Assert.Contains("Set spec.submodules", condition.Message, StringComparison.Ordinal);
        Assert.Contains("Set spec.lfs", condition.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, false, "The tree has all that its commit has, Git LFS files (2, 34 bytes) included.")]
    [InlineData(1, false, "Git LFS files are pointers, since they can't be fetched: a.bin (TooLarge).")]
    [InlineData(1, true, "Git LFS files are pointers, since they can't be fetched: a.bin (TooLarge). They are tried again.")]
    public void Files_of_Git_Lfs_that_were_asked_for_are_counted_or_named(int missing, bool mayComeLater, string expected)
    {
        var published = TestClones.Published();
        var omitted = new OmittedContent(new OmittedPaths(0, []), new OmittedPaths(missing, ["a.bin (TooLarge)"]));
        var marker = published.Marker with
        {
            Omitted = missing > 0 ? omitted : null,
            Lfs = new ClonedLfs(new DesiredLfs(Required: false, 100), 2, 34, "", mayComeLater),
        };

        var condition = StatusReport
            .For(TestClones.Repo(), Whole with { Published = published with { Marker = marker } }, Store, Now)
            .Conditions!.Single(one => one.Type == ConditionTypes.ContentComplete);

        Assert.Equal(expected, condition.Message);
    }

    [Theory]
    [InlineData(false, "fetched: libs/a (beyond it).")]
    [InlineData(true, "fetched: libs/a (beyond it). They are tried again.")]
    public void Submodules_that_were_asked_for_and_left_out_are_named_with_why(bool mayComeLater, string expected)
    {
        var published = TestClones.Published();
        var omitted = new OmittedContent(new OmittedPaths(1, ["libs/a (beyond it)"]), new OmittedPaths(0, []));
        var submodules = new ClonedSubmodules(new DesiredSubmodules(Required: false, 4, 200), [], mayComeLater);
        var marker = published.Marker with { Omitted = omitted, Submodules = submodules };

        var condition = StatusReport
            .For(TestClones.Repo(), Whole with { Published = published with { Marker = marker } }, Store, Now)
            .Conditions!.Single(one => one.Type == ConditionTypes.ContentComplete);

        Assert.EndsWith(expected, condition.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, false, "The tree has all that its commit has in the folders of spec.sparse.")]
    [InlineData(
        false,
        true,
        "The tree has all that its commit has in the folders of spec.sparse. The commit has no such folders of spec.sparse: docs/ap."
    )]
    [InlineData(
        true,
        true,
        "Git LFS files are pointers: big.bin. Set spec.lfs to have them fetched. "
            + "The commit has no such folders of spec.sparse: docs/ap."
    )]
    public void A_sparse_clone_is_complete_and_folders_that_its_commit_lacks_are_named(bool hasPointer, bool lacksFolder, string expected)
    {
        var published = TestClones.Published();
        var marker = published.Marker with
        {
            Omitted = hasPointer ? new OmittedContent(new OmittedPaths(0, []), new OmittedPaths(1, ["big.bin"])) : null,
            Sparse = new ClonedSparse(SparseFolders.Of(["src", "docs/ap"]), lacksFolder ? new OmittedPaths(1, ["docs/ap"]) : null),
        };

        var condition = StatusReport
            .For(TestClones.Repo(), Whole with { Published = published with { Marker = marker } }, Store, Now)
            .Conditions!.Single(one => one.Type == ConditionTypes.ContentComplete);

        Assert.Equal((hasPointer ? "False" : "True", expected), (condition.Status, condition.Message));
    }

    [Fact]
    public void The_content_is_that_of_the_clone_and_not_what_the_spec_asks_for()
    {
        var asking = TestClones.Repo(repo =>
        {
            (repo.Spec.Submodules, repo.Spec.Lfs) = (new CodeRepoSubmodules(), new CodeRepoLfs());
            repo.Spec.Sparse = ["src"];
        });
        Assert.Null(StatusReport.For(asking, Whole, Store, Now).Content);

        var content = StatusReport.For(TestClones.Repo(), WithContent(), Store, Now).Content!;

        Assert.Equal((1, 2, 34), (content.Submodules, content.Lfs?.Files, content.Lfs?.Bytes));
        Assert.Equal(["docs/ap", "src"], content.Sparse);
        Assert.Equal(
            """{"submodules":0}""",
            KubernetesJson.Serialize(
                StatusReport
                    .For(
                        TestClones.Repo(),
                        WithContent(marker =>
                            marker with
                            {
                                Submodules = marker.Submodules! with { Fetched = [] },
                                Lfs = null,
                                Sparse = null,
                            }
                        ),
                        Store,
                        Now
                    )
                    .Content
            )
        );
    }

    [Fact]
    public void The_content_of_a_clone_that_was_lost_stays_until_there_is_another()
    {
        var repo = After(WithContent(), Now);

        Assert.Equal(1, StatusReport.For(repo, States["lost, clone under way"], Store, Now).Content?.Submodules);
        Assert.Null(StatusReport.For(repo, Whole, Store, Now).Content);
    }

    [Fact]
    public void The_same_state_gives_the_same_status_however_much_later_within_the_hour()
    {
        foreach (var (name, state) in States)
        {
            var repo = After(state, Now);

            var again = StatusReport.For(repo, state, Store, Now + TimeSpan.FromMinutes(59));

            Assert.True(KubernetesJson.Serialize(StatusReport.Current(repo)) == KubernetesJson.Serialize(again), name);
        }
    }

    [Fact]
    public void The_time_of_the_last_response_moves_once_an_hour_or_when_something_else_does()
    {
        var repo = After(Whole, Now);

        DateTimeOffset? CheckedAt(CloneState state, TimeSpan later) =>
            StatusReport.For(repo, state with { RespondedAt = Now + later }, Store, Now + later).CheckedAt;

        Assert.Equal(Now, CheckedAt(Whole, TimeSpan.FromMinutes(59)));
        Assert.Equal(Now + TimeSpan.FromHours(1), CheckedAt(Whole, TimeSpan.FromHours(1)));
        Assert.Equal(
            Now + TimeSpan.FromMinutes(1),
            CheckedAt(Whole with { Published = TestClones.Published(branch: "dev") }, TimeSpan.FromMinutes(1))
        );
    }

    [Fact]
    public void A_stale_clone_says_since_when_and_does_not_move()
    {
        var repo = After(Whole, Now);
        var stale = StatusReport.For(repo, States["cloned, remote down"], Store, Now + TimeSpan.FromHours(5));

        Assert.Contains("2026-01-02T12:00:00Z", stale.Conditions![0].Message, StringComparison.Ordinal);
        Assert.Equal(Now, stale.CheckedAt);
    }

    [Fact]
    public void Since_when_is_the_last_response_though_it_was_not_worth_a_write()
    {
        var responded = Now + TimeSpan.FromMinutes(50);
        var stale = StatusReport.For(
            After(Whole, Now),
            States["cloned, remote down"] with
            {
                RespondedAt = responded,
            },
            Store,
            Now + TimeSpan.FromHours(5)
        );
        var afterRestart = StatusReport.For(
            TestClones.Repo(repo => repo.Status = stale),
            States["cloned, remote down"] with
            {
                RespondedAt = null,
            },
            Store,
            Now + TimeSpan.FromHours(6)
        );

        Assert.All([stale, afterRestart], status => Assert.Equal(responded, status.CheckedAt));
        Assert.All([stale, afterRestart], status =>
            Assert.Contains("2026-01-02T12:50:00Z", status.Conditions![0].Message, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void The_time_of_a_transition_moves_with_the_status_of_its_condition_only()
    {
        var repo = After(Whole, Now);
        var stale = StatusReport.For(repo, States["cloned, remote down"], Store, Now + TimeSpan.FromHours(5));
        var lost = StatusReport.For(repo, States["lost, clone under way"], Store, Now + TimeSpan.FromHours(5));

        Assert.Equal(Now.UtcDateTime, stale.Conditions![0].LastTransitionTime);
        Assert.Equal((Now + TimeSpan.FromHours(5)).UtcDateTime, lost.Conditions![0].LastTransitionTime);
    }

    [Fact]
    public void A_re_clone_is_counted_once_and_an_update_is_not()
    {
        var recloned = Whole with { Change = new CloneChange.Recloned(CloneLoss.FolderMissing) };
        var repo = After(recloned, Now);
        Assert.Equal(1, repo.Status!.Reclones);

        Assert.Equal(1, StatusReport.For(repo, Whole with { Change = new CloneChange.Updated("before") }, Store, Now).Reclones);
        Assert.Equal(1, StatusReport.For(repo, Whole, Store, Now).Reclones);
    }

    [Fact]
    public void What_was_known_of_a_lost_clone_stays_until_there_is_another()
    {
        var lost = StatusReport.For(After(Whole, Now), States["lost, clone under way"], Store, Now);

        Assert.Equal((TestClones.Commit, "main", TestClones.ClonedAt), (lost.Commit, lost.Branch, lost.ClonedAt));
    }

    [Fact]
    public void A_request_is_echoed_when_it_was_handled_and_not_while_it_is()
    {
        var repo = TestClones.Repo(repo =>
            repo.Metadata.Annotations = new Dictionary<string, string> { [CodeRepo.RequestedAtAnnotation] = "now" }
        );

        Assert.Null(StatusReport.For(repo, States["first clone under way"], Store, Now).LastHandledReconcileAt);
        Assert.Equal("now", StatusReport.For(repo, Whole, Store, Now).LastHandledReconcileAt);
        Assert.Equal("now", StatusReport.For(repo, States["no clone, remote down"], Store, Now).LastHandledReconcileAt);
    }

    [Fact]
    public void What_the_indexing_reporter_wrote_is_not_ours_to_compare_or_write()
    {
        var repo = After(Whole, Now);
        var before = KubernetesJson.Serialize(StatusReport.Current(repo));
        repo.Status!.Indexing = new CodeRepoIndexingStatus { Status = "indexing" };
        repo.Status.Conditions!.Add(
            new V1Condition
            {
                Type = ConditionTypes.IndexingHealthy,
                Status = "True",
                Reason = "Fine",
                Message = "",
            }
        );

        Assert.Equal(before, KubernetesJson.Serialize(StatusReport.Current(repo)));
    }

    [Theory]
    [InlineData("cloned, branch gone", "Ready")]
    [InlineData("no clone, branch absent", "Stalled")]
    [InlineData("no clone, remote down", "Reconciling")]
    [InlineData("not asked for", "Waiting")]
    public void Each_clone_state_is_one_state_of_a_CodeRepo(string cloneState, string state) =>
        Assert.Equal(state, StatusSummary.StateOf(After(States[cloneState], Now)).ToString());

    [Theory]
    [InlineData("cloned, remote down", Reasons.Unreachable)]
    [InlineData("cloned, branch gone", Reasons.BranchNotFound)]
    [InlineData("no clone, remote down", Reasons.Unreachable)]
    [InlineData("first clone under way", null)]
    [InlineData("not asked for", null)]
    [InlineData("cloned", null)]
    public void A_state_fails_for_the_reason_that_it_is_reported_with(string state, string? reason) =>
        Assert.Equal(reason, StatusSummary.FailureOf(After(States[state], Now)));

    private static CloneState WithContent(Func<CloneMarker, CloneMarker>? change = null)
    {
        var published = TestClones.Published();
        var marker = published.Marker with
        {
            Submodules = new ClonedSubmodules(
                new DesiredSubmodules(Required: false, 4, 200),
                [new SubmodulePlace("libs/a", "libs/a", "https://git.example.com/a.git", TestClones.Commit)],
                MayComeLater: false
            ),
            Lfs = new ClonedLfs(new DesiredLfs(Required: false, 100), 2, 34, "", MayComeLater: false),
            Sparse = new ClonedSparse(SparseFolders.Of(["src", "docs/ap"]), null),
        };
        return Whole with { Published = published with { Marker = change?.Invoke(marker) ?? marker } };
    }

    private static CodeRepo After(CloneState state, DateTimeOffset when) =>
        TestClones.Repo(repo => repo.Status = StatusReport.For(repo, state, Store, when));
}

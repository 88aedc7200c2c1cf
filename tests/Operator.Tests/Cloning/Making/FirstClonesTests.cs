using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Queueing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace CodeRepoOperator.Cloning.Making;

public sealed class FirstClonesTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly WorkQueue<CodeRepo> _queue;
    private readonly FirstClones _firsts;

    public FirstClonesTests()
    {
        _queue = new WorkQueue<CodeRepo>(_time, new Backoff(new Random(1)), new FakeOrder<CodeRepo>(), new RecordedRetries<CodeRepo>());
        _firsts = new FirstClones(_queue, Options.Create(new GitOptions()), _time, NullLogger<FirstClones>.Instance);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, Action<CodeRepo>, bool> Others =>
        new()
        {
            { "another branch", repo => repo.Spec.Branch = "topic", true },
            { "the same branch", _ => { }, true },
            { "a tag", repo => (repo.Spec.Branch, repo.Spec.Ref) = (null, new CodeRepoRef { Tag = "v1" }), true },
            { "another spelling of the URL", repo => repo.Spec.GitUrl = "https://GIT.example.com/team/hello", true },
            { "with submodules", repo => repo.Spec.Submodules = new CodeRepoSubmodules(), true },
            { "with Git LFS", repo => repo.Spec.Lfs = new CodeRepoLfs(), true },
            { "another namespace", repo => repo.Metadata.NamespaceProperty = "other", false },
            { "another repository", repo => repo.Spec.GitUrl = "https://git.example.com/team/other.git", false },
            { "the whole history", repo => repo.Spec.Depth = 0, false },
            { "some folders", repo => repo.Spec.Sparse = ["docs"], false },
        };

    [Theory]
    [MemberData(nameof(Others))]
    public void One_that_has_a_transfer_in_common_with_the_first_waits_for_it(string what, Action<CodeRepo> change, bool waits)
    {
        Begin(Of("first"));

        var other = Of("second", change);

        Assert.True(waits == _firsts.FindWait(other) is { IsPutOff: true }, what);
        Assert.True(waits == _firsts.TryBegin(other, mayWait: true) is { IsPutOff: true }, what);
    }

    [Fact]
    public void One_waits_for_no_transfer_of_more_than_it_asks_for()
    {
        Begin(Of("history", repo => repo.Spec.Depth = 0));
        Begin(Of("submodules", repo => repo.Spec.Submodules = new CodeRepoSubmodules()));
        Begin(Of("lfs", repo => repo.Spec.Lfs = new CodeRepoLfs()));
        Begin(Of("folders", repo => repo.Spec.Sparse = ["docs"]));

        Assert.Null(_firsts.FindWait(Of("second")));
    }

    [Fact]
    public async Task When_the_first_ends_all_go_on_and_none_waits_again()
    {
        DesiredClone[] others = [Of("b"), Of("c"), Of("d")];
        Begin(Of("a"));
        Assert.All(others, other => Assert.NotNull(_firsts.FindWait(other)));

        _firsts.End(Of("a").Key);

        Assert.Equal(others.Select(other => other.Key), [await TakeAsync(), await TakeAsync(), await TakeAsync()]);

        // It has failed, and the next one would be one that hangs.
        Begin(others[0]);
        Assert.All(others, other => Assert.Null(_firsts.FindWait(other)));
        Assert.All(others[1..], other => Assert.Null(_firsts.TryBegin(other, mayWait: true)));
    }

    [Fact]
    public void One_that_got_its_clone_may_wait_when_that_is_lost()
    {
        Begin(Of("a"));
        Assert.NotNull(_firsts.FindWait(Of("b")));
        _firsts.End(Of("a").Key);
        _firsts.Forget(Of("b").Key);

        Begin(Of("a"));

        Assert.NotNull(_firsts.FindWait(Of("b")));
    }

    [Theory]
    [InlineData("5m", "2m", 2)]
    [InlineData("5m", "10m", 4)]
    public void One_waits_no_longer_than_its_own_timeout_and_what_is_left_of_the_others(string others, string own, int minutes)
    {
        Begin(Of("first", repo => repo.Spec.Timeout = others));
        _time.Advance(TimeSpan.FromMinutes(1));
        var second = Of("second", repo => repo.Spec.Timeout = own);
        var most = TimeSpan.FromMinutes(minutes);

        Assert.Equal(most, WaitOf(second));

        _time.Advance(most - TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.FromSeconds(1), WaitOf(second));

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(_firsts.FindWait(second));
        Assert.Null(_firsts.TryBegin(second, mayWait: true));
    }

    [Fact]
    public void One_that_may_not_be_built_on_others_begins_beside_them()
    {
        Begin(Of("first"));

        Assert.Null(_firsts.TryBegin(Of("damaged"), mayWait: false));
    }

    [Fact]
    public void What_waits_has_no_more_to_wait_for_when_its_spec_names_another_repository()
    {
        Begin(Of("first"));
        Assert.NotNull(_firsts.FindWait(Of("second")));

        Assert.Null(_firsts.FindWait(Of("second", repo => repo.Spec.GitUrl = "https://git.example.com/team/other.git")));
    }

    [Fact]
    public void One_made_anew_under_a_name_waits_for_itself()
    {
        Begin(Of("first"));
        Assert.NotNull(_firsts.FindWait(Of("second")));
        _firsts.End(Of("first").Key);
        Begin(Of("first"));
        Assert.Null(_firsts.FindWait(Of("second")));

        Assert.NotNull(_firsts.FindWait(Of("second", repo => repo.Metadata.Uid = "another")));
    }

    public void Dispose() => _queue.Dispose();

    private static DesiredClone Of(string name, Action<CodeRepo>? change = null) =>
        TestClones.Wanted(repo =>
        {
            (repo.Metadata.Name, repo.Metadata.Uid) = (name, name);
            change?.Invoke(repo);
        });

    private void Begin(DesiredClone desired) => Assert.Null(_firsts.TryBegin(desired, mayWait: false));

    private TimeSpan? WaitOf(DesiredClone desired) => _firsts.FindWait(desired)?.RetryAfter;

    private Task<NamespacedName> TakeAsync() => _queue.TakeAsync(Token).WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Token);
}

using CodeRepoOperator.Cloning.Scheduling;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Runtime.Queueing;
using CodeRepoOperator.Runtime.Watching;
using k8s.Models;
using Microsoft.Extensions.Time.Testing;

namespace CodeRepoOperator.Cloning;

public sealed class PushReceiverTests : IDisposable
{
    private readonly EntityCache<CodeRepo> _codeRepos = new();
    private readonly WorkQueue<CodeRepo> _queue;
    private readonly PollSchedule _schedule;
    private readonly PushReceiver _receiver;

    public PushReceiverTests()
    {
        var (time, backoff) = (new FakeTimeProvider(), new Backoff(new Random(1)));
        _queue = new WorkQueue<CodeRepo>(time, backoff, new FakeOrder<CodeRepo>(), new RecordedRetries<CodeRepo>());
        _schedule = TestSchedule.Of(time, new GitOptions(), backoff);
        _receiver = new PushReceiver(_codeRepos, _schedule, _queue, time);
    }

    public void Dispose() => _queue.Dispose();

    public static TheoryData<string, Action<CodeRepo>, bool> Cases =>
        new()
        {
            { "the branch of the spec", repo => repo.Spec.Branch = "main", true },
            { "another branch", repo => repo.Spec.Branch = "other", false },
            { "a branch of the same beginning", repo => repo.Spec.Branch = "main2", false },
            { "the branch that HEAD named", repo => repo.Status = new CodeRepoStatus { Branch = "main" }, true },
            { "HEAD named another, and does not any more", repo => repo.Status = new CodeRepoStatus { Branch = "master" }, true },
            {
                "spelled in another way",
                repo => (repo.Spec.GitUrl, repo.Spec.Branch) = ("HTTPS://Git.Example.com:443/team/hello/", "main"),
                true
            },
            {
                "with a user, who only says who asks",
                repo => (repo.Spec.GitUrl, repo.Spec.Branch) = ("https://joe@git.example.com/team/hello", "main"),
                true
            },
            { "over SSH, without a user", repo => (repo.Spec.GitUrl, repo.Spec.Branch) = ("git.example.com:team/hello.git", "main"), true },
            {
                "over SSH, of another user",
                repo => (repo.Spec.GitUrl, repo.Spec.Branch) = ("joe@git.example.com:team/hello.git", "main"),
                false
            },
            { "over SSH", repo => (repo.Spec.GitUrl, repo.Spec.Branch) = ("ssh://git@git.example.com/team/hello.git", "main"), true },
            {
                "another case, which some servers don't mind",
                repo => (repo.Spec.GitUrl, repo.Spec.Branch) = ("https://git.example.com/Team/Hello", "main"),
                true
            },
            { "another repository", repo => (repo.Spec.GitUrl, repo.Spec.Branch) = ("https://git.example.com/team/hello2", "main"), false },
            { "another host", repo => (repo.Spec.GitUrl, repo.Spec.Branch) = ("https://git.example.org/team/hello", "main"), false },
            { "no URL at all", repo => (repo.Spec.GitUrl, repo.Spec.Branch) = ("", "main"), false },
            { "a tag of that name", repo => repo.Spec.Ref = new CodeRepoRef { Tag = "main" }, false },
            { "its full name", repo => repo.Spec.Ref = new CodeRepoRef { Name = "refs/heads/main" }, true },
            { "the highest tag", repo => repo.Spec.Ref = new CodeRepoRef { Semver = ">=1" }, false },
            { "a commit", repo => repo.Spec.Ref = new CodeRepoRef { Commit = "0123456789abcdef0123456789abcdef01234567" }, false },
            { "suspended", repo => repo.Spec.Suspend = true, false },
            { "being deleted", repo => repo.Metadata.DeletionTimestamp = DateTime.UnixEpoch, false },
            { "never asked for", repo => repo.Spec.Policy = ClonePolicy.OnDemand, false },
            {
                "asked for before",
                repo =>
                    (repo.Spec.Policy, repo.Status) = (ClonePolicy.OnDemand, new CodeRepoStatus { ClonedAt = DateTimeOffset.UnixEpoch }),
                true
            },
        };

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void A_push_has_those_polled_that_follow_the_branch(string name, Action<CodeRepo> change, bool isMeant)
    {
        var repo = Repo();
        change(repo);
        _codeRepos.Store(repo);

        Assert.Equal(isMeant ? 1 : 0, _receiver.Take(Push("https://git.example.com/team/hello.git", "git@git.example.com:team/hello.git")));
        Assert.True(isMeant == (_queue.Depth == 1), name);
        Assert.True(isMeant == _schedule.TakePushed("uid") is not null, name);
    }

    [Fact]
    public void However_often_it_comes_a_CodeRepo_is_polled_once()
    {
        _codeRepos.Store(Repo());
        for (var i = 0; i < 100; i++)
        {
            _receiver.Take(Push("https://git.example.com/team/hello"));
        }

        Assert.Equal(1, _queue.Depth);
        Assert.NotNull(_schedule.TakePushed("uid"));
        Assert.Null(_schedule.TakePushed("uid"));
    }

    public static TheoryData<CodeRepoRef?, string, bool> Tags =>
        new()
        {
            {
                new CodeRepoRef { Tag = "v1" },
                "refs/tags/v1",
                true
            },
            {
                new CodeRepoRef { Tag = "v1" },
                "refs/tags/v1.1",
                false
            },
            {
                new CodeRepoRef { Tag = "v1" },
                "refs/heads/v1",
                false
            },
            {
                new CodeRepoRef { Semver = ">=1" },
                "refs/tags/v3",
                true
            },
            {
                new CodeRepoRef { Name = "refs/tags/v3" },
                "refs/tags/v3",
                true
            },
            { null, "refs/tags/main", false },
        };

    [Theory]
    [MemberData(nameof(Tags), DisableDiscoveryEnumeration = true)]
    public void A_pushed_tag_has_those_polled_that_follow_it(CodeRepoRef? asked, string pushed, bool isMeant)
    {
        _codeRepos.Store(Repo(asked));
        var push = Push("https://git.example.com/team/hello") with
        {
            Refs = new HashSet<string> { "refs/heads/other", pushed },
        };
        Assert.Equal(isMeant ? 1 : 0, _receiver.Take(push));
    }

    [Fact]
    public void A_push_of_whatever_ref_has_all_polled_that_follow_one()
    {
        CodeRepoRef?[] asked =
        [
            null,
            new CodeRepoRef { Tag = "v1" },
            new CodeRepoRef { Semver = ">=1" },
            new CodeRepoRef { Commit = "0123456789abcdef0123456789abcdef01234567" },
        ];
        foreach (var (number, one) in asked.Index())
        {
            var repo = Repo(one);
            (repo.Metadata.Name, repo.Metadata.Uid) = ($"hello-{number}", $"uid-{number}");
            _codeRepos.Store(repo);
        }

        Assert.Equal(3, _receiver.Take(Push("https://git.example.com/team/hello") with { Refs = new HashSet<string>() }));
        Assert.Equal(0, _receiver.Take(Push("https://git.example.com/team/other") with { Refs = new HashSet<string>() }));
    }

    private static CodeRepo Repo(CodeRepoRef? asked = null) =>
        new()
        {
            Metadata = new V1ObjectMeta
            {
                Name = "hello",
                NamespaceProperty = "team",
                Uid = "uid",
            },
            Spec = new CodeRepoSpec { GitUrl = "https://git.example.com/team/hello", Ref = asked },
        };

    private static PushNotice Push(params string[] urls) =>
        PushNotice.Of([.. urls.Select(url => RepoIdentity.TryParse(url)!.Value)], ["refs/heads/main"], "main");
}

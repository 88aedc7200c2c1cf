using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Client;
using k8s.Models;

namespace CodeRepoOperator.Runtime.Watching;

public sealed class EntityCacheTests
{
    private static readonly NamespacedName Key = new("ns", "a");

    private readonly EntityCache<CodeRepo> _cache = new();

    [Fact]
    public void A_new_object_is_reported() => Assert.True(_cache.Store(Repo()));

    [Theory]
    [MemberData(nameof(ChangesToTell), DisableDiscoveryEnumeration = true)]
    public void A_change_that_the_response_to_our_own_write_shows_first_is_reported_then(string what, Action<V1ObjectMeta> change)
    {
        var reported = new List<NamespacedName>();
        _cache.Overtaken += reported.Add;
        _cache.Store(Repo());
        var response = Repo(version: "3");
        var watched = Repo(version: "3");
        change(response.Metadata);
        change(watched.Metadata);

        _cache.StoreResponse(response);

        // Under another uid it is a response about one that is gone.
        var isAnother = response.Metadata.Uid != Repo().Metadata.Uid;
        Assert.True(reported.Count == (isAnother ? 0 : 1), what);
        Assert.True(_cache.Store(watched) == isAnother, what);
    }

    [Fact]
    public void A_finalizer_that_was_put_on_is_not_reported()
    {
        var repo = Repo();
        repo.Metadata.Finalizers = [];
        _cache.Store(repo);

        Assert.False(_cache.Store(Repo(version: "2")));
        Assert.NotEmpty(_cache.Find(Key)!.Metadata.Finalizers);
    }

    [Fact]
    public void A_response_about_an_object_that_is_gone_does_not_bring_it_back()
    {
        _cache.Store(Repo());
        _cache.Remove(Repo(version: "3"));

        _cache.StoreResponse(Repo(version: "2"));

        Assert.Null(_cache.Find(Key));
    }

    [Fact]
    public void A_status_write_is_not_reported()
    {
        _cache.Store(Repo());
        var written = Repo(version: "2");
        written.Status = new CodeRepoStatus { Commit = "abc" };

        Assert.False(_cache.Store(written));
        Assert.Equal("abc", _cache.Find(Key)!.Status!.Commit);
    }

    public static TheoryData<string, Action<V1ObjectMeta>> ChangesToTell =>
        new()
        {
            { "spec", meta => meta.Generation = 2 },
            { "deleted", meta => meta.DeletionTimestamp = DateTime.UnixEpoch },
            { "annotation added", meta => meta.Annotations = new Dictionary<string, string> { [CodeRepo.RequestedAtAnnotation] = "1" } },
            { "finalizer taken off by hand", meta => meta.Finalizers = [] },
            { "made anew under the same name", meta => meta.Uid = "other" },
        };

    [Theory]
    [MemberData(nameof(ChangesToTell), DisableDiscoveryEnumeration = true)]
    public void A_change_that_matters_is_reported(string what, Action<V1ObjectMeta> change)
    {
        _cache.Store(Repo());
        var changed = Repo(version: "2");
        change(changed.Metadata);

        Assert.True(_cache.Store(changed), what);
    }

    [Fact]
    public void An_older_version_does_not_overwrite_a_newer_one()
    {
        _cache.Store(Repo(version: "10"));

        Assert.False(_cache.Store(Repo(version: "9")));
        Assert.Equal("10", _cache.Find(Key)!.Metadata.ResourceVersion);
    }

    [Fact]
    public void A_list_overwrites_whatever_its_version_since_etcd_may_have_been_restored()
    {
        _cache.Store(Repo(version: "10"));

        _cache.Replace(ofNamespace: null, [Repo(version: "9")]);

        Assert.Equal("9", _cache.Find(Key)!.Metadata.ResourceVersion);
    }

    [Fact]
    public void What_a_list_lacks_is_gone_and_kept_for_the_controller()
    {
        _cache.Store(Repo());

        Assert.Equal([Key], _cache.Replace(ofNamespace: null, []));
        Assert.Null(_cache.Find(Key));
        Assert.Equal("uid", _cache.FindDeleted(Key)!.Metadata.Uid);
    }

    [Fact]
    public void A_list_of_one_namespace_leaves_the_others_alone()
    {
        _cache.Store(Repo());

        Assert.Empty(_cache.Replace("other", []));
        Assert.NotNull(_cache.Find(Key));
    }

    [Fact]
    public void An_object_made_anew_leaves_the_old_one_for_the_controller()
    {
        _cache.Store(Repo());
        _cache.Store(Repo(uid: "new", version: "2"));

        Assert.Equal("uid", _cache.FindDeleted(Key)!.Metadata.Uid);
        Assert.Equal("new", _cache.Find(Key)!.Metadata.Uid);
    }

    [Fact]
    public void A_late_deletion_of_the_old_object_does_not_take_the_new_one()
    {
        _cache.Store(Repo(uid: "new", version: "2"));

        Assert.False(_cache.Remove(Repo()));
        Assert.NotNull(_cache.Find(Key));
    }

    private static CodeRepo Repo(string uid = "uid", string version = "1") =>
        new()
        {
            Metadata = new V1ObjectMeta
            {
                Name = Key.Name,
                NamespaceProperty = Key.Namespace,
                Uid = uid,
                ResourceVersion = version,
                Generation = 1,
                Finalizers = [CodeRepo.CloneFinalizer],
            },
        };
}

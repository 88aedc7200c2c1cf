using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Runtime.Client;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Store;

public sealed class StoreLayoutTests
{
    private readonly StoreLayout _layout = new(Options.Create(new StoreOptions { Root = "/store" }));

    [Fact]
    public void A_clone_lies_under_its_namespace_and_name() =>
        Assert.Equal("/store/team/hello.v2", _layout.Clone(new NamespacedName("team", "hello.v2")));

    [Theory]
    [InlineData("..", "x")]
    [InlineData("team", "..")]
    [InlineData("team", "a/b")]
    [InlineData("team", ".git")]
    [InlineData(".coderepo", "tmp")]
    [InlineData("team", "")]
    [InlineData("team", "a\n")]
    [InlineData("team", "A")]
    [InlineData("team", "a..b")]
    [InlineData("team", "a.-b")]
    [InlineData("team.a", "hello")]
    [InlineData("a234567890123456789012345678901234567890123456789012345678901234", "hello")]
    public void A_name_that_no_API_server_would_take_leads_nowhere(string ofNamespace, string name) =>
        Assert.Throws<ArgumentException>(() => _layout.Clone(new NamespacedName(ofNamespace, name)));

    [Fact]
    public void What_no_object_may_be_called_is_no_place_of_a_clone()
    {
        var root = Directory.CreateTempSubdirectory();
        foreach (var directory in (string[])["team/hello", "team/hello.v2", "team/a..b", "team/a.-b", "team.a/hello", ".coderepo/tmp"])
        {
            root.CreateSubdirectory(directory);
        }

        var places = new StoreLayout(Options.Create(new StoreOptions { Root = root.FullName }))
            .Places()
            .Select(place => place.ToString())
            .ToList();
        root.Delete(recursive: true);

        Assert.Equal(["team/hello", "team/hello.v2"], places.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Trash_knows_since_when_it_is_there()
    {
        var since = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

        Assert.Equal(since, StoreLayout.InTrashSince(_layout.NewTrash(since)));
        Assert.Equal(DateTimeOffset.MinValue, StoreLayout.InTrashSince("/store/.coderepo/trash/by-hand"));
    }

    [Fact]
    public void A_clone_in_the_making_has_a_name_that_no_other_process_has_used()
    {
        var ofAnotherProcess = new StoreLayout(Options.Create(new StoreOptions { Root = "/store" }));

        Assert.NotEqual(_layout.NewStaging("uid"), ofAnotherProcess.NewStaging("uid"));
        Assert.StartsWith("/store/.coderepo/tmp/uid.", _layout.NewStaging("uid"), StringComparison.Ordinal);
    }
}

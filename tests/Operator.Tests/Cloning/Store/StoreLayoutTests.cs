using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Runtime.Client;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Store;

public sealed class StoreLayoutTests
{
    private readonly StoreLayout _layout = new(Options.Create(new StoreOptions { Root = "/store" }));

    [Fact]
    public void A_clone_lies_under_its_namespace_and_name() => Assert.Equal("/store/team/hello.v2", _layout.Clone(new NamespacedName("team", "hello.v2")));

    [Theory]
    [InlineData("..", "x")]
    [InlineData("team", "..")]
    [InlineData("team", "a/b")]
    [InlineData("team", ".git")]
    [InlineData(".coderepo", "tmp")]
    [InlineData("team", "")]
    [InlineData("team", "a\n")]
    [InlineData("team", "A")]
    public void A_name_that_no_API_server_would_take_leads_nowhere(string ofNamespace, string name)
        => Assert.Throws<ArgumentException>(() => _layout.Clone(new NamespacedName(ofNamespace, name)));

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

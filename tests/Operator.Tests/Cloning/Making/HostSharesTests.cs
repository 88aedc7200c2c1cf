using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Runtime.Client;

namespace CodeRepoOperator.Cloning.Making;

public sealed class HostSharesTests
{
    private const string Host = "git.example.com:443";

    private readonly HostShares _shares = new();

    [Theory]
    [InlineData(16, 4, 12)]
    [InlineData(4, 1, 3)]
    [InlineData(2, 1, 1)]
    [InlineData(1, 1, 1)]
    public void An_unknown_host_gets_a_quarter_and_one_that_responds_leaves_a_quarter_to_others(int total, int unknown, int known)
    {
        Assert.Equal(unknown, _shares.Of(Host, total));
        _shares.Responses(Host);
        Assert.Equal(known, _shares.Of(Host, total));
    }

    [Fact]
    public void Each_growth_of_a_share_is_reported_once()
    {
        var reported = 0;
        _shares.Widened += () => reported++;

        _shares.Responses(Host);
        _shares.Responses(Host);
        _shares.Note(Host, null);
        Assert.Equal(1, reported);

        _shares.Note(Host, new CloneFailure(Reasons.Timeout, ""));
        _shares.Note(Host, null);
        Assert.Equal(2, reported);
    }

    [Theory]
    [InlineData(Reasons.Timeout)]
    [InlineData(Reasons.Unreachable)]
    public void One_that_gave_no_response_gets_one_place_until_it_responds(string reason)
    {
        _shares.Responses("other.example.com:443");
        _shares.Note(Host, new CloneFailure(reason, ""));
        _shares.Responses(Host);
        Assert.Equal(1, _shares.Of(Host, 16));
        Assert.Equal(12, _shares.Of("other.example.com:443", 16));

        _shares.Note(Host, null);
        Assert.Equal(12, _shares.Of(Host, 16));
    }

    [Theory]
    [InlineData(Reasons.Timeout)]
    [InlineData(Reasons.Unreachable)]
    public void The_response_to_one_repository_narrows_and_widens_no_host(string reason)
    {
        var failure = new CloneFailure(reason, "") { SaysNothingOfHost = true };
        _shares.Note(Host, failure);
        Assert.Equal(4, _shares.Of(Host, 16));

        _shares.Responses(Host);
        _shares.Note(Host, failure);
        Assert.Equal(12, _shares.Of(Host, 16));

        _shares.Note(Host, new CloneFailure(Reasons.Timeout, ""));
        _shares.Note(Host, failure);
        Assert.Equal(1, _shares.Of(Host, 16));
    }

    [Fact]
    public void Any_number_of_hosts_that_somebody_names_takes_no_more_than_so_much_memory_and_is_well_after()
    {
        for (var i = 0; i < 50_000; i++)
        {
            _shares.Note($"{i}", null);
        }

        Assert.Equal(12, _shares.Of("49999", 16));
        Assert.Equal(4, _shares.Of("0", 16));
    }

    [Fact]
    public void What_a_proxy_does_costs_those_alone_who_go_by_it()
    {
        var url = GitUrl.Parse("https://git.example.com/hello.git").Value!;
        var (direct, one, other) = (
            new NamespacedName("a", "direct"),
            new NamespacedName("a", "proxied"),
            new NamespacedName("b", "proxied")
        );
        _shares.Goes(direct, proxy: null);
        _shares.Goes(one, "http://proxy:3128");
        _shares.Goes(other, "http://proxy:3128");
        Assert.Equal(Host, _shares.GroupOf(direct, url));
        _shares.Note(Host, null);

        _shares.Note(_shares.GroupOf(one, url), new CloneFailure(Reasons.Unreachable, ""));

        Assert.Equal(1, _shares.Of(_shares.GroupOf(one, url), 16));
        Assert.Equal(4, _shares.Of(_shares.GroupOf(other, url), 16));
        Assert.Equal(12, _shares.Of(_shares.GroupOf(direct, url), 16));

        _shares.Goes(one, proxy: null);
        Assert.Equal(Host, _shares.GroupOf(one, url));
    }

    [Fact]
    public void Any_number_of_CodeRepos_with_a_proxy_takes_no_more_than_so_much_memory_and_is_well_after()
    {
        var url = GitUrl.Parse("https://git.example.com/hello.git").Value!;
        for (var i = 0; i < 50_000; i++)
        {
            _shares.Goes(new NamespacedName("a", $"{i}"), "http://proxy:3128");
        }

        Assert.NotEqual(Host, _shares.GroupOf(new NamespacedName("a", "49999"), url));
        Assert.Equal(Host, _shares.GroupOf(new NamespacedName("a", "0"), url));
    }

    [Fact]
    public void A_refusal_is_a_response()
    {
        _shares.Note(Host, new CloneFailure(Reasons.Timeout, ""));

        _shares.Note(Host, new CloneFailure(Reasons.RepositoryNotFound, ""));

        Assert.Equal(12, _shares.Of(Host, 16));
    }

    [Theory]
    [InlineData(Reasons.StoreFull)]
    [InlineData(Reasons.StoreUnavailable)]
    [InlineData(Reasons.Superseded)]
    [InlineData(Reasons.HostNotAllowed)]
    [InlineData(Reasons.QuotaExceeded)]
    public void What_fails_here_says_nothing_of_the_host(string reason)
    {
        _shares.Note(Host, new CloneFailure(reason, ""));
        Assert.Equal(4, _shares.Of(Host, 16));
        _shares.Note(Host, new CloneFailure(Reasons.Timeout, ""));

        _shares.Note(Host, new CloneFailure(reason, ""));

        Assert.Equal(1, _shares.Of(Host, 16));
    }
}

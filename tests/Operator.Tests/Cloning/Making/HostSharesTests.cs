using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;

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

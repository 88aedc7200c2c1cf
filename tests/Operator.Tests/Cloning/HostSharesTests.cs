using CodeRepoOperator.Cloning.Remotes;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Cloning;

public sealed class HostSharesTests
{
    private const string Host = "git.example.com:443";

    private readonly HostShares _shares = new();

    [Theory]
    [InlineData(16, 12)]
    [InlineData(4, 3)]
    [InlineData(2, 1)]
    [InlineData(1, 1)]
    public void A_host_leaves_a_quarter_to_others_if_it_can(int total, int share) => Assert.Equal(share, _shares.Of(Host, total));

    [Theory]
    [InlineData(Reasons.Timeout)]
    [InlineData(Reasons.Unreachable)]
    public void One_that_gave_no_answer_gets_one_place_until_it_answers(string reason)
    {
        _shares.Note(Host, new CloneFailure(reason, ""));
        Assert.Equal(1, _shares.Of(Host, 16));
        Assert.Equal(12, _shares.Of("other.example.com:443", 16));

        _shares.Note(Host, null);
        Assert.Equal(12, _shares.Of(Host, 16));
    }

    [Fact]
    public void A_refusal_is_an_answer()
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
    public void What_fails_here_says_nothing_of_the_host(string reason)
    {
        _shares.Note(Host, new CloneFailure(reason, ""));
        Assert.Equal(12, _shares.Of(Host, 16));
        _shares.Note(Host, new CloneFailure(Reasons.Timeout, ""));

        _shares.Note(Host, new CloneFailure(reason, ""));

        Assert.Equal(1, _shares.Of(Host, 16));
    }
}

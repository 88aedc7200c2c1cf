using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.Cloning.Making;

public sealed class ContentBudgetTests
{
    [Fact]
    public void What_is_taken_at_once_is_never_more_than_there_is_and_what_is_not_used_comes_back()
    {
        var budget = new ContentBudget(new CloneBudget(1_000_000, 1_000, CloneFailure.StoreFull, 0, 0));
        budget.Count(new CloneSize(300_000, 200, SharedBytes: 100_000, SharedFiles: 100));

        var shares = Enumerable.Range(0, 8).Select(_ => budget.Take(8)).ToList();
        Assert.Equal(100_000, shares[0].Bytes);
        Assert.InRange(shares.Sum(share => share.Bytes), 1, 800_000);
        Assert.InRange(shares.Sum(share => share.Files), 1, 900);

        budget.GiveBack(shares[0], new CloneSize(50_000, 40));
        foreach (var share in shares.Skip(1))
        {
            budget.GiveBack(share, used: null);
        }

        var left = budget.Take(1);
        Assert.Equal(750_000, left.Bytes);
        Assert.InRange(left.Files, 800, 900 - 40);
        Assert.Equal(0, budget.Take(1).Bytes);
    }
}

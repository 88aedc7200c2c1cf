using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Urls;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Making;

public sealed class HostBudgetsTests : IDisposable
{
    private readonly HostBudgets _budgets = new(
        Options.Create(
            new GitOptions
            {
                HostBudgets =
                [
                    new HostBudget { Host = "one.example.com", RequestsPerHour = 1 },
                    new HostBudget { Host = "*.example.com", RequestsPerHour = 180 },
                ],
            }
        )
    );

    public void Dispose() => _budgets.Dispose();

    [Fact]
    public void A_host_gets_a_minute_s_worth_at_once_and_no_more()
    {
        Assert.Equal([true, true, true, false, false], Enumerable.Range(0, 5).Select(_ => Take("https://git.example.com/a")));
        Assert.Equal([true, false], Enumerable.Range(0, 2).Select(_ => Take("https://one.example.com/a")));
    }

    [Fact]
    public void All_repositories_of_a_host_share_it_on_whatever_port_and_by_whatever_way()
    {
        Assert.True(Take("https://git.example.com/a"));
        Assert.True(Take("git@git.example.com:b"));
        Assert.True(Take("https://git.example.com:8443/c"));
        Assert.False(Take("https://GIT.example.com/d"));
    }

    [Fact]
    public void Each_host_of_a_pattern_has_one_of_its_own_and_others_have_none()
    {
        for (var i = 0; i < 100; i++)
        {
            Take("https://git.example.com/a");
            Assert.True(Take("https://git.example.org/a"));
        }

        Assert.True(Take("https://other.example.com/a"));
    }

    private bool Take(string url) => _budgets.TryTake(GitUrl.Parse(url).Value!);
}

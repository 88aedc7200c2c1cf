using k8s.Models;

namespace CodeRepoOperator.Installing;

/// <summary>What an upgrade that asks for another size of claims does, and what it refuses.</summary>
public sealed class ResizePlanTests
{
    private const string Claim = "store-coderepo-operator-0";

    [Theory]
    [InlineData("more: the claim grows, the StatefulSet is made anew", "40Gi", "20Gi", "20Gi", true, true)]
    [InlineData("the same: nothing", "20Gi", "20Gi", "20Gi", false, false)]
    [InlineData("the same in other words: nothing", "20480Mi", "20Gi", "20Gi", false, false)]
    [InlineData("a little more in a larger unit", "21G", "20000M", "20000M", true, true)]
    [InlineData("ended after the claim had grown: the rest", "40Gi", "20Gi", "40Gi", false, true)]
    [InlineData("grown by hand before: the template follows", "40Gi", "20Gi", "60Gi", false, true)]
    [InlineData("grown by hand, nothing asked for: nothing", "20Gi", "20Gi", "60Gi", false, false)]
    [InlineData("the claim lags behind its template: it grows", "40Gi", "40Gi", "20Gi", true, false)]
    [InlineData("no claim yet, more: only the StatefulSet", "40Gi", "20Gi", null, false, true)]
    [InlineData("no claim yet, less: only the StatefulSet", "10Gi", "20Gi", null, false, true)]
    [InlineData("less, which the claim has: the template follows", "20Gi", "40Gi", "20Gi", false, true)]
    [InlineData("a template without a size", "20Gi", null, "20Gi", false, true)]
    public void It_does(string what, string wanted, string? template, string? claim, bool grows, bool remakes)
    {
        var plan = Plan(wanted, template, claim);

        Assert.True(plan.Refusal is null, what);
        Assert.Equal(grows ? [Claim] : [], plan.Growing);
        Assert.Equal(remakes, plan.RemakesStatefulSet);
    }

    [Fact]
    public void A_claim_never_shrinks_and_the_refusal_says_what_may_be_asked_for()
    {
        var plan = Plan("20Gi", "40Gi", "40Gi");

        Assert.Equal($"the claim {Claim} has 40Gi, and a claim can't be made smaller: ask for 40Gi or more.", plan.Refusal);
        Assert.Empty(plan.Growing);
        Assert.False(plan.RemakesStatefulSet);
    }

    [Fact]
    public void A_growth_that_is_taken_back_leaves_the_claim_and_makes_the_StatefulSet_anew()
    {
        var plan = Plan("20Gi", "40Gi", "40Gi", keepsLarger: true);

        Assert.Null(plan.Refusal);
        Assert.Empty(plan.Growing);
        Assert.True(plan.RemakesStatefulSet);
    }

    private static ResizePlan Plan(string wanted, string? template, string? claim, bool keepsLarger = false) =>
        ResizePlan.For(
            new ResourceQuantity(wanted),
            template is null ? null : new ResourceQuantity(template),
            claim is null ? [] : [(Claim, new ResourceQuantity(claim))],
            keepsLarger
        );
}

using k8s.Models;

namespace CodeRepoOperator.Installing;

/// <summary>What is to be done so that a StatefulSet can be given another size for its claims: decided, and nothing done yet.</summary>
/// <param name="Growing">The claims that are made larger.</param>
/// <param name="RemakesStatefulSet">Whether it must be deleted, so that it can be made with another claim template.</param>
/// <param name="Refusal">Why it can't be done; null: it can.</param>
internal sealed record ResizePlan(IReadOnlyList<string> Growing, bool RemakesStatefulSet, string? Refusal)
{
    /// <summary>Decides.</summary>
    /// <param name="desired">The size that is wanted.</param>
    /// <param name="template">The size in the claim template; null: it names none.</param>
    /// <param name="claims">The claims that there are, with the size that each asks for.</param>
    /// <param name="keepsLarger">
    /// Whether claims that are larger than wanted may stay so, with a smaller template: a release that is rolled back after it grew them.
    /// </param>
    public static ResizePlan For(
        ResourceQuantity desired,
        ResourceQuantity? template,
        IReadOnlyList<(string Name, ResourceQuantity Size)> claims,
        bool keepsLarger
    )
    {
        var size = desired.ToDecimal();
        var asksForLess = template is not null && size < template.ToDecimal();
        if (asksForLess && !keepsLarger && claims.FirstOrDefault(claim => claim.Size.ToDecimal() > size) is { Name: { } name } larger)
        {
            return new ResizePlan(
                [],
                false,
                $"the claim {name} has {larger.Size}, and a claim can't be made smaller: ask for {larger.Size} or more."
            );
        }

        return new ResizePlan(
            [.. claims.Where(claim => claim.Size.ToDecimal() < size).Select(claim => claim.Name)],
            RemakesStatefulSet: template is null || template.ToDecimal() != size,
            Refusal: null
        );
    }
}

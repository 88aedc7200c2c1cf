using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Settings;

namespace CodeRepoOperator.Hosting;

/// <summary>The product's names.</summary>
internal static class Product
{
    /// <summary>What the operator is called in events, as field manager and in metrics, by its commands too.</summary>
    public static readonly RuntimeNames Names = new(Controller: $"{CodeRepo.Group}/operator", MetricPrefix: "coderepo");
}

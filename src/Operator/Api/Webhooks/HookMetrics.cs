using Prometheus;

namespace CodeRepoOperator.Api.Webhooks;

/// <summary>What deliveries count.</summary>
internal sealed class HookMetrics
{
    private readonly Counter _hooks;

    public HookMetrics(IMetricFactory metrics)
    {
        _hooks = metrics.CreateCounter(
            "coderepo_hooks_total",
            "Deliveries of git servers about pushes, by result.",
            ["provider", "result"]
        );
        foreach (var provider in Enum.GetValues<HookProvider>())
        {
            foreach (var result in Enum.GetValues<HookResult>())
            {
                // A series that begins at 1 hides its first increase from rate().
                _hooks.WithLabels(LabelOf(provider), result.ToString());
            }
        }
    }

    public void Took(HookProvider provider, HookResult result) => _hooks.WithLabels(LabelOf(provider), result.ToString()).Inc();

    private static string LabelOf(HookProvider provider) => provider.ToString().ToLowerInvariant();
}

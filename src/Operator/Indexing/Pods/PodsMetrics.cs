using CodeRepoOperator.Indexing.Tables;
using Microsoft.Extensions.Options;
using Prometheus;

namespace CodeRepoOperator.Indexing.Pods;

/// <summary>What is reported of the pods that may hold rows. Nothing, where none are watched.</summary>
internal sealed class PodsMetrics
{
    private readonly Gauge _known;
    private readonly bool _isOn;

    public PodsMetrics(IMetricFactory metrics, IOptions<IndexingOptions> options)
    {
        _known = metrics.CreateGauge(
            "coderepo_indexing_pods_known",
            "1: the pods that may hold rows are known. 0: they can't be read, so rows of pods that are gone wait for their threshold.",
            new GaugeConfiguration { SuppressInitialValue = true }
        );
        _isOn = options.Value.PodNamespaces.Count > 0;
    }

    /// <summary>Notes whether they are known, right before it is scraped.</summary>
    public void Observe(bool isKnown)
    {
        if (_isOn)
        {
            _known.Set(isKnown ? 1 : 0);
        }
    }
}

namespace CodeRepoOperator.Monitoring;

/// <summary>What Prometheus found.</summary>
/// <param name="Labels">Of the series.</param>
/// <param name="Value">At the time that was asked for.</param>
internal sealed record PrometheusSample(IReadOnlyDictionary<string, string> Labels, double Value);

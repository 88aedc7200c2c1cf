namespace CodeRepoOperator.Runtime.Settings;

/// <summary>What an operator on this runtime is called.</summary>
/// <param name="Controller">In events and as field manager: a qualified name (<c>example.com/operator</c>).</param>
/// <param name="MetricPrefix">In front of each metric, without the underscore.</param>
internal sealed record RuntimeNames(string Controller, string MetricPrefix);

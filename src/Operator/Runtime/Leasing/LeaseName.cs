namespace CodeRepoOperator.Runtime.Leasing;

/// <summary>Which lease to hold.</summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Name">Its name.</param>
internal sealed record LeaseName(string Namespace, string Name);

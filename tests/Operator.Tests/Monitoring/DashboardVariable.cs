namespace CodeRepoOperator.Monitoring;

/// <summary>A variable of the dashboard.</summary>
/// <param name="Name">Its name, without the dollar.</param>
/// <param name="Query">Where its values come from: <c>label_values(metric, label)</c>.</param>
/// <param name="AllValue">What stands for all of them.</param>
internal sealed record DashboardVariable(string Name, string Query, string AllValue)
{
    /// <summary>The series whose label is read.</summary>
    public string Series => Query["label_values(".Length..Query.LastIndexOf(',')];

    /// <summary>The label that is read.</summary>
    public string Label => Query[(Query.LastIndexOf(',') + 1)..^1].Trim();
}

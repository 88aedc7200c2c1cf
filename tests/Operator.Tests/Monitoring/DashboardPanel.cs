using System.Text.Json;

namespace CodeRepoOperator.Monitoring;

/// <summary>A panel or row of the dashboard.</summary>
internal sealed class DashboardPanel(JsonElement panel)
{
    public int Id => panel.GetProperty("id").GetInt32();

    public string Type => panel.GetProperty("type").GetString()!;

    public string Title => panel.GetProperty("title").GetString()!;

    public string Description => panel.GetProperty("description").GetString()!;

    public string Unit => panel.GetProperty("fieldConfig").GetProperty("defaults").GetProperty("unit").GetString()!;

    /// <summary>Its expressions, with Grafana's variables in them.</summary>
    public IReadOnlyList<string> Queries =>
        panel.TryGetProperty("targets", out var targets)
            ? [.. targets.EnumerateArray().Select(target => target.GetProperty("expr").GetString()!)]
            : [];

    /// <summary>The data sources of the panel and of its queries.</summary>
    public IEnumerable<string> DataSources =>
        panel
            .GetProperty("targets")
            .EnumerateArray()
            .Append(panel)
            .Select(one => one.GetProperty("datasource").GetProperty("uid").GetString()!);

    public int Left => Position("x");

    public int Top => Position("y");

    public int Right => Left + Position("w");

    public int Bottom => Top + Position("h");

    /// <summary>Whether the two lie on one another.</summary>
    public bool Overlaps(DashboardPanel other) => Left < other.Right && other.Left < Right && Top < other.Bottom && other.Top < Bottom;

    private int Position(string name) => panel.GetProperty("gridPos").GetProperty(name).GetInt32();
}

using System.Globalization;

namespace CodeRepoOperator;

/// <summary>Measurements of one thing done several times: milliseconds, unless said otherwise.</summary>
internal sealed class Series
{
    private readonly List<double> _values = [];

    /// <summary>The one in the middle.</summary>
    public double Median => _values.Order().ElementAt(_values.Count / 2);

    /// <summary>The largest.</summary>
    public double Max => _values.Max();

    /// <summary>What so many percent of them are below, or at.</summary>
    public double Percentile(int percent) => _values.Order().ElementAt((int)Math.Ceiling(_values.Count * percent / 100.0) - 1);

    public async Task TimeAsync(Func<Task> work)
    {
        var started = TimeProvider.System.GetTimestamp();
        await work();
        Add(TimeProvider.System.GetElapsedTime(started));
    }

    public void Add(TimeSpan time) => Add(time.TotalMilliseconds);

    public void Add(double value) => _values.Add(value);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Median:0} ms (max {Max:0})");
}

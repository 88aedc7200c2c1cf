using System.Globalization;

namespace CodeRepoOperator;

/// <summary>Times of one thing done several times, in milliseconds.</summary>
internal sealed class Series
{
    private readonly List<double> _values = [];

    public async Task TimeAsync(Func<Task> work)
    {
        var started = TimeProvider.System.GetTimestamp();
        await work();
        Add(TimeProvider.System.GetElapsedTime(started));
    }

    public void Add(TimeSpan time) => _values.Add(time.TotalMilliseconds);

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{_values.Order().ElementAt(_values.Count / 2):0} ms (max {_values.Max():0})");
}

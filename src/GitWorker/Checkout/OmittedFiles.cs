using System.Text;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.GitWorker.Checkout;

/// <summary>Collects paths from several threads: all are counted, the first by name are kept.</summary>
internal sealed class OmittedFiles
{
    private readonly Lock _lock = new();
    private readonly SortedSet<string> _first = new(StringComparer.Ordinal);
    private int _count;

    public bool IsEmpty => _count == 0;

    /// <param name="path">From the root.</param>
    /// <param name="why">What is shown behind it; null: nothing.</param>
    public void Add(ReadOnlySpan<byte> path, string? why = null)
    {
        var shown = RemoteText.Escaped(Encoding.UTF8.GetString(path)) + (why is null ? "" : $" ({RemoteText.Escaped(why)})");
        lock (_lock)
        {
            _count++;
            if (_first.Add(shown) && _first.Count > OmittedPaths.MaximumShown)
            {
                _first.Remove(_first.Max!);
            }
        }
    }

    public OmittedPaths ToPaths() => new(_count, [.. _first]);
}

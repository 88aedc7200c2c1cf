using System.Globalization;

namespace CodeRepoOperator;

/// <summary>
/// The peak resident memory of processes that come and go, by <c>VmHWM</c> of /proc, looked at every 2 ms: the kernel keeps the
/// maximum, so only what grows in a process's last 2 ms is missed. Mapped files (libraries, packs) count, as they do for rusage.
/// </summary>
internal sealed class PeakMemory
{
    private readonly Dictionary<int, (string Name, long Kilobytes)> _peaks = [];

    /// <summary>Looks while something is done.</summary>
    /// <param name="isRoot">Which children of this process are measured, with all below them, by their command line.</param>
    /// <param name="work">What is done meanwhile.</param>
    public static async Task<PeakMemory> WhileAsync(Func<string, bool> isRoot, Func<Task> work)
    {
        var peak = new PeakMemory();
        using var done = new CancellationTokenSource();
        var looking = Task.Run(() => peak.Look(isRoot, done.Token));
        await work();
        await done.CancelAsync();
        await looking;
        return peak;
    }

    /// <summary>Of the largest process.</summary>
    public long Largest => _peaks.Count == 0 ? 0 : _peaks.Values.Max(peak => peak.Kilobytes);

    /// <summary>Of all together, if all had their peak at once.</summary>
    public long Sum => _peaks.Values.Sum(peak => peak.Kilobytes);

    private void Look(Func<string, bool> isRoot, CancellationToken cancellationToken)
    {
        while (!cancellationToken.WaitHandle.WaitOne(2))
        {
            var seen = Directory
                .EnumerateDirectories("/proc")
                .Select(directory => Path.GetFileName(directory))
                .Where(name => char.IsAsciiDigit(name[0]))
                .Select(name => Read(int.Parse(name, CultureInfo.InvariantCulture)))
                .OfType<Seen>()
                .ToDictionary(process => process.Id);
            foreach (var process in seen.Values.Where(process => IsMeasured(process, seen, isRoot)))
            {
                _peaks[process.Id] = (process.Name, Math.Max(process.Kilobytes, _peaks.GetValueOrDefault(process.Id).Kilobytes));
            }
        }
    }

    private static bool IsMeasured(Seen process, Dictionary<int, Seen> all, Func<string, bool> isRoot)
    {
        var current = process;
        while (true)
        {
            if (current.Parent == Environment.ProcessId)
            {
                return isRoot(current.Name);
            }

            if (!all.TryGetValue(current.Parent, out current!))
            {
                return false;
            }
        }
    }

    private static Seen? Read(int id)
    {
        try
        {
            var lines = File.ReadAllLines($"/proc/{id}/status");
            string Field(string name) =>
                Array.Find(lines, line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..].Trim() ?? "0 kB";
            return new Seen(
                id,
                int.Parse(Field("PPid:"), CultureInfo.InvariantCulture),
                File.ReadAllText($"/proc/{id}/cmdline").Replace('\0', ' '),
                long.Parse(Field("VmHWM:").Split(' ')[0], CultureInfo.InvariantCulture)
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            // It has ended.
            return null;
        }
    }

    private sealed record Seen(int Id, int Parent, string Name, long Kilobytes);
}

using System.Globalization;

namespace CodeRepoOperator;

/// <summary>What something takes of this process's memory.</summary>
internal static class OwnMemory
{
    /// <summary>The most bytes that were resident while something was done, beyond those before it.</summary>
    public static async Task<double> PeakAsync(Func<Task> work)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();

        // "5" has the kernel begin anew with the maximum (proc_pid_clear_refs(5)).
        await File.WriteAllTextAsync("/proc/self/clear_refs", "5");
        var before = Read("VmRSS:");
        await work();
        return Read("VmHWM:") - before;
    }

    private static double Read(string field)
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(field, StringComparison.Ordinal));
        return 1024.0 * double.Parse(line[field.Length..].Trim().Split(' ')[0], CultureInfo.InvariantCulture);
    }
}

namespace CodeRepoOperator.Machinery.Operators;

/// <summary>
/// The wall clock of one operator, by libfaketime. The monotonic clocks and the times of files stay as they are: a machine whose clock is
/// set is what it imitates.
/// </summary>
internal sealed class WallClock
{
    private readonly string _file;

    /// <param name="directory">Where it keeps its file.</param>
    /// <param name="ahead">How far it is ahead of the machine's own.</param>
    public WallClock(string directory, TimeSpan ahead)
    {
        _file = Path.Combine(directory, "clock");
        Set(ahead);
    }

    /// <summary>What the operator is started with.</summary>
    public (string Name, string Value)[] Settings =>
        [
            ("LD_PRELOAD", Library),
            ("FAKETIME_TIMESTAMP_FILE", _file),
            ("FAKETIME_NO_CACHE", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            ("NO_FAKE_STAT", "1"),
        ];

    private static string Library =>
        Directory
            .GetDirectories("/usr/lib", "*-linux-gnu")
            .Select(directory => Path.Combine(directory, "faketime", "libfaketimeMT.so.1"))
            .First(File.Exists);

    /// <summary>Sets it, at one instant.</summary>
    /// <param name="ahead">How far it is ahead of the machine's own.</param>
    public void Set(TimeSpan ahead)
    {
        File.WriteAllText(_file + ".new", FormattableString.Invariant($"{(ahead < TimeSpan.Zero ? "" : "+")}{(long)ahead.TotalSeconds}"));
        File.Move(_file + ".new", _file, overwrite: true);
    }
}

namespace CodeRepoOperator.Runtime.Queueing;

/// <summary>How many places a <see cref="FairQueue"/> has.</summary>
/// <param name="Places">Places for all work.</param>
/// <param name="Starved">Places beyond them for namespaces that hold few, while the others hold all.</param>
/// <param name="Healing">Places beyond them for <see cref="WorkClass.Healing"/> alone.</param>
/// <param name="Local">Places beyond them for <see cref="WorkClass.Local"/> alone.</param>
/// <param name="Parked">How many may be held beyond them by work that has run for long.</param>
internal sealed record FairLimits(int Places, int Starved, int Healing, int Local, int Parked)
{
    /// <summary>How many places can be held at once in all.</summary>
    public int Total => Places + Starved + Healing + Local + Parked;

    /// <summary>A quarter of the places, at least one.</summary>
    public int Quarter => QuarterOf(Places);

    /// <summary>How many places one namespace may hold: it leaves a quarter, at least one, to the others.</summary>
    public int OfOneNamespace => Math.Max(1, Places - Quarter);

    /// <summary>A namespace that holds fewer than this many holds few.</summary>
    public int Few => Math.Min(Math.Max(2, Quarter), OfOneNamespace);

    /// <summary>The limits for workers, which wait most of the time and cost little while they do.</summary>
    public static FairLimits ForWorkers(int workers) =>
        new(workers, QuarterOf(workers), QuarterOf(workers), QuarterOf(workers), workers * 4);

    /// <summary>The limits for clones, each of which takes memory and processor time for as long as it runs.</summary>
    public static FairLimits ForClones(int clones) => new(clones, QuarterOf(clones), QuarterOf(clones), 0, 0);

    private static int QuarterOf(int places) => Math.Max(1, places / 4);
}

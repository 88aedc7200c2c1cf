using System.ComponentModel.DataAnnotations;

namespace CodeRepoOperator.Api.Webhooks;

/// <summary>Git servers that report pushes; section <c>Hooks</c>. They are reported to the API's port.</summary>
internal sealed class HookOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Hooks";

    /// <summary>The secrets. Without one for a provider there is nothing at its path. Default: none.</summary>
    public IReadOnlyList<HookSecret> Secrets { get; init; } = [];

    /// <summary>
    /// How many deliveries a second of each provider are acted upon on average; ten seconds' worth may come at once. Default 20.
    /// </summary>
    [Range(1, 10_000)]
    public int DeliveriesPerSecond { get; init; } = 20;

    /// <summary>
    /// How many bytes a delivery may have; all that are read at once may have 16 times as many. Default 5 MB; GitHub's, which may be
    /// larger, rarely have a tenth of it.
    /// </summary>
    [Range(1024, 25_000_000)]
    public int MaxBodyBytes { get; init; } = 5_000_000;

    /// <summary>How long a delivery is remembered, so that one that is sent again does nothing. Default 10 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan ReplayMemory { get; init; } = TimeSpan.FromMinutes(10);
}

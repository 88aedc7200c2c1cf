using System.ComponentModel.DataAnnotations;
using CodeRepoOperator.Runtime.Settings;
using CodeRepoOperator.Text;

namespace CodeRepoOperator.Indexing.Tables;

/// <summary>The database whose stuck indexing rows are reset; section <c>Indexing</c>.</summary>
internal sealed class IndexingOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Indexing";

    /// <summary>
    /// A file with the connection string, in any form that <see cref="ConnectionText"/> reads: a Secret that is mounted. Read anew when
    /// it changes. Default: none, and so no recovery.
    /// </summary>
    public string? ConnectionFile { get; init; }

    /// <summary>Whether there is a database at all.</summary>
    internal bool HasDatabase => !string.IsNullOrEmpty(ConnectionFile);

    /// <summary>How often the tables are swept. Default 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan SweepInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a row may be active without a sign of life. Default 30 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan Threshold { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>The shortest threshold that a CodeRepo may ask for. Default 5 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan MinThreshold { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The longest threshold that a CodeRepo may ask for. Default 1 d.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan MaxThreshold { get; init; } = TimeSpan.FromDays(1);

    /// <summary>
    /// How often a row may be reset in a row; one that dies again is given up until somebody sets its count back. Default 5.
    /// </summary>
    [Range(0, 1_000_000)]
    public int MaxResets { get; init; } = 5;

    /// <summary>
    /// How long a row can't be claimed after its second reset in a row, twice as long after each further one. After the first it can be
    /// claimed at once: most often it was the job that died, and not of the row. Default 10 s; zero: never.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a row can't be claimed after a reset at most. Default 10 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long rows of <see cref="IndexingTarget.Attempts"/> are kept. Default 30 d.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "3650.00:00:00")]
    public TimeSpan KeepAttempts { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How many of them are kept for each row. Default 100.</summary>
    [Range(1, 10_000)]
    public int MaxAttempts { get; init; } = 100;

    /// <summary>How many rows one transaction resets. Default 1,000.</summary>
    [Range(1, 100_000)]
    public int BatchSize { get; init; } = 1_000;

    /// <summary>How long a statement may wait for a lock. Default 2 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "00:05:00")]
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a statement may take. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan StatementTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Counts what would be reset, and resets nothing. Default false.</summary>
    public bool DryRun { get; init; }

    /// <summary>
    /// Where consumers mount the directory of a CodeRepo's namespace; <c>{namespace}</c> in it stands for that namespace. What is written
    /// to <see cref="IndexingTarget.LocalPath"/> is this and the name of the clone's directory. Default <c>/code</c>.
    /// </summary>
    public string LocalPathPrefix { get; init; } = "/code";

    /// <summary>The tables. Default: <c>public.repositories</c>, as <see cref="IndexingTarget"/> has it.</summary>
    public IReadOnlyList<IndexingTarget> Targets { get; init; } = [];

    /// <summary>
    /// Which rows the CodeRepos of which namespace may have, beside what the URL says. Default: none, and so a row is whose clone it is.
    /// A namespace that is not named has no rows then.
    /// </summary>
    public IReadOnlyList<IndexingTenant> Tenants { get; init; } = [];

    /// <summary>
    /// The namespaces whose pods are watched: a row that such a pod holds is reset as soon as the pod is gone. All who write pods of these
    /// namespaces into rows must run in this cluster. Default: none, and so silence alone counts.
    /// </summary>
    public IReadOnlyList<string> PodNamespaces { get; init; } = [];

    /// <summary>Which pods are watched, by their labels, as kubectl takes it. Default: all.</summary>
    public string? PodSelector { get; init; }

    /// <summary>Whether rows declare CodeRepos. Default: they don't.</summary>
    public DeclareOptions Declare { get; init; } = new();

    /// <summary>How long a row of a target may be active without a sign of life, unless its CodeRepo asks for another time.</summary>
    internal TimeSpan ThresholdOf(IndexingTarget target) => target.Threshold ?? Threshold;

    /// <summary>What the tenant of a row must be for the CodeRepos of a namespace; null: that is not looked at.</summary>
    internal IReadOnlyList<string>? TenantsOf(string? ofNamespace) =>
        Tenants.Count == 0 ? null : [.. Tenants.SelectMany(tenant => tenant.ValuesOf(ofNamespace ?? "")).Distinct(StringComparer.Ordinal)];

    /// <summary>The tables that are meant: those that are named, or the default one.</summary>
    internal IReadOnlyList<IndexingTarget> AllTargets => Targets.Count > 0 ? Targets : [new IndexingTarget()];

    /// <summary>The table whose rows declare CodeRepos; null: none do.</summary>
    internal IndexingTarget? DeclaringTarget =>
        !Declare.Enabled ? null
        : string.IsNullOrEmpty(Declare.Target) ? AllTargets[0]
        : AllTargets.FirstOrDefault(target => target.Label == Declare.Target);

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (MinThreshold > MaxThreshold)
        {
            yield return new ValidationResult(
                $"is {MinThreshold:c}, above {Section}:{nameof(MaxThreshold)} ({MaxThreshold:c}): make it smaller.",
                [nameof(MinThreshold)]
            );
        }

        if (RetryDelay > MaxRetryDelay)
        {
            yield return new ValidationResult(
                $"is {RetryDelay:c}, above {Section}:{nameof(MaxRetryDelay)} ({MaxRetryDelay:c}): make it smaller.",
                [nameof(RetryDelay)]
            );
        }

        if (PodNamespaces.FirstOrDefault(name => !KubernetesName.IsNamespace(name)) is { } wrong)
        {
            yield return new ValidationResult(
                $"has the item {SettingText.Shown(wrong)}: must be the names of namespaces.",
                [nameof(PodNamespaces)]
            );
        }

        foreach (var error in WrongTenants().Concat(WrongTargets()))
        {
            yield return error;
        }
    }

    private IEnumerable<ValidationResult> WrongTenants()
    {
        var unmapped = AllTargets.FirstOrDefault(target => target.Url.Length > 0 && target.Tenant.Length == 0);
        if (Tenants.Count > 0 && unmapped is not null)
        {
            yield return new ValidationResult(
                $"leaves out the column Tenant of {unmapped.Label}, so that {Section}:{nameof(Tenants)} can't be kept: name the column "
                    + "that says whose a row is.",
                [nameof(Targets)]
            );
        }

        if (Tenants.Count == 0 && AllTargets.FirstOrDefault(target => target.Tenant.Length > 0) is { } mapped)
        {
            yield return new ValidationResult(
                $"is empty, though {mapped.Label} has a column Tenant: say which namespace has the rows of which tenant, or take Tenant "
                    + "out.",
                [nameof(Tenants)]
            );
        }
    }

    private IEnumerable<ValidationResult> WrongTargets()
    {
        if (Declare.Enabled && DeclaringTarget is not { Url.Length: > 0, Branch.Length: > 0 })
        {
            yield return new ValidationResult(
                $"is {SettingText.Shown(Declare.Target ?? AllTargets[0].Label)}: must be the name of an item of "
                    + $"{Section}:{nameof(Targets)} whose table has columns for URL and branch.",
                [$"{nameof(Declare)}:{nameof(DeclareOptions.Target)}"]
            );
        }

        var histories = AllTargets.Where(target => target.Attempts.Length > 0).Select(target => (target.Schema, target.Attempts)).ToList();
        if (histories.Distinct().Count() < histories.Count)
        {
            yield return new ValidationResult("has two items with one table Attempts: give each one of its own.", [nameof(Targets)]);
        }

        var names = AllTargets.Select(target => target.Label).ToList();
        if (names.Distinct(StringComparer.Ordinal).Count() < names.Count)
        {
            yield return new ValidationResult("has two items of one name: give each a Name of its own.", [nameof(Targets)]);
        }
    }
}

using System.ComponentModel.DataAnnotations;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Runtime.Settings;
using CodeRepoOperator.Text;

namespace CodeRepoOperator.Indexing.Tables;

/// <summary>Whether rows declare CodeRepos; section <c>Indexing:Declare</c>.</summary>
internal sealed class DeclareOptions : IValidatableObject
{
    /// <summary>Keeps CodeRepos equal to the rows of a table. Default false.</summary>
    public bool Enabled { get; init; }

    /// <summary>The name of the item of <c>Indexing:Targets</c> whose rows declare. Default: the first.</summary>
    public string? Target { get; init; }

    /// <summary>The namespace of the CodeRepos. The operator must watch it. There is no default.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>
    /// The value of the label <c>coderepo.dev/declared-by</c>, by which the operator knows the CodeRepos that it made: another for each
    /// table whose rows declare in one namespace. Default <c>rows</c>.
    /// </summary>
    public string DeclaredBy { get; init; } = "rows";

    /// <summary>What becomes of a CodeRepo whose row is gone. Default: it is deleted.</summary>
    public PrunePolicy Prune { get; init; } = PrunePolicy.Delete;

    /// <summary>
    /// How often the whole table is read: the net below notifications, and all there is through a pooler. Default 1 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How many CodeRepos are created, changed or deleted in a second, on average; ten times as many at once. Default 20.
    /// </summary>
    [Range(1, 1_000)]
    public int RequestsPerSecond { get; init; } = 20;

    /// <summary>The Secrets that CodeRepos of private repositories get, by host. Default: none.</summary>
    public IReadOnlyList<DeclaredSecret> Secrets { get; init; } = [];

    /// <summary>The Secret for a URL; null: none.</summary>
    internal string? SecretFor(GitUrl url) => Secrets.FirstOrDefault(secret => secret.IsFor(url))?.Secret;

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!Enabled)
        {
            yield break;
        }

        if (!KubernetesName.IsNamespace(Namespace))
        {
            yield return new ValidationResult(
                Namespace.Length == 0
                    ? "is missing: name the namespace of the CodeRepos that rows declare."
                    : $"is {SettingText.Shown(Namespace)}: must be the name of a namespace.",
                [nameof(Namespace)]
            );
        }

        if (!KubernetesName.IsLabelValue(DeclaredBy))
        {
            yield return new ValidationResult(
                $"is {SettingText.Shown(DeclaredBy)}: must be the value of a label, as rows or team-a.",
                [nameof(DeclaredBy)]
            );
        }
    }
}

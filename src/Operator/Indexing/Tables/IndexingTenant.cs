using System.ComponentModel.DataAnnotations;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Text;

namespace CodeRepoOperator.Indexing.Tables;

/// <summary>Which rows the CodeRepos of a namespace may have; an item of <c>Indexing:Tenants</c>.</summary>
internal sealed class IndexingTenant : IValidatableObject
{
    /// <summary>In <see cref="Values"/>, what stands for the name of the namespace.</summary>
    private const string NamespacePlace = "{namespace}";

    private const string AllNamespaces = "*";

    /// <summary>The namespace; <c>*</c> for each.</summary>
    [Required(ErrorMessage = "name the namespace, or * for each.")]
    public string Namespace { get; init; } = "";

    /// <summary>
    /// What the column <see cref="IndexingTarget.Tenant"/> of its rows holds; <c>{namespace}</c> in it stands for the namespace. A row that
    /// holds anything else, or nothing, is not its.
    /// </summary>
    public IReadOnlyList<string> Values { get; init; } = [];

    /// <summary>What the rows of a namespace hold, as far as this item says.</summary>
    public IEnumerable<string> ValuesOf(string ofNamespace) =>
        Namespace == AllNamespaces || Namespace == ofNamespace
            ? Values.Select(value => value.Replace(NamespacePlace, ofNamespace, StringComparison.Ordinal))
            : [];

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Namespace.Length > 0 && Namespace != AllNamespaces && !KubernetesName.IsNamespace(Namespace))
        {
            yield return new ValidationResult(
                $"is '{RemoteText.Shown(Namespace)}': must be the name of a namespace, or * for each.",
                [nameof(Namespace)]
            );
        }

        if (Values.Count == 0 || Values.Any(string.IsNullOrWhiteSpace))
        {
            yield return new ValidationResult(
                "is missing or has an empty item: name what the column Tenant of the rows of this namespace holds.",
                [nameof(Values)]
            );
        }
        else if (Namespace == AllNamespaces && Values.Any(value => !value.Contains(NamespacePlace, StringComparison.Ordinal)))
        {
            yield return new ValidationResult(
                $"would give the same rows to each namespace: write {NamespacePlace} in each item, or name the namespace.",
                [nameof(Values)]
            );
        }
    }
}

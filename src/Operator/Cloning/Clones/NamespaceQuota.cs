using System.ComponentModel.DataAnnotations;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Text;

namespace CodeRepoOperator.Cloning.Clones;

/// <summary>
/// What the CodeRepos of one namespace may take of the volume, instead of <see cref="StoreOptions.NamespaceShare"/>; an item of
/// <c>Store:Quotas</c>.
/// </summary>
internal sealed class NamespaceQuota : IValidatableObject
{
    /// <summary>Stands for each namespace that has no item of its own.</summary>
    public const string Others = "*";

    /// <summary>The namespace; <c>*</c>: each one that has no item of its own.</summary>
    [Required(ErrorMessage = "name the namespace, or * for each that has no item of its own.")]
    public string Namespace { get; init; } = "";

    /// <summary>Bytes on disk, trash included. Default: <see cref="StoreOptions.NamespaceShare"/> of the volume.</summary>
    [Range(typeof(long), "0", "1000000000000000")]
    public long? Bytes { get; init; }

    /// <summary>Files and directories (inodes), trash included. Default: <see cref="StoreOptions.NamespaceShare"/> of the volume.</summary>
    [Range(typeof(long), "0", "1000000000000")]
    public long? Files { get; init; }

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Namespace.Length > 0 && Namespace != Others && !KubernetesName.IsNamespace(Namespace))
        {
            yield return new ValidationResult(
                $"is '{RemoteText.Shown(Namespace)}': must be the name of a namespace, or *.",
                [nameof(Namespace)]
            );
        }

        if (Bytes is null && Files is null)
        {
            yield return new ValidationResult("is missing: give Bytes, Files or both.", [nameof(Bytes)]);
        }
    }
}

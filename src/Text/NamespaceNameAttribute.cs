using System.ComponentModel.DataAnnotations;

namespace CodeRepoOperator.Text;

/// <summary>A setting that is the name of a namespace; one that is missing is <see cref="RequiredAttribute"/>'s to find.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NamespaceNameAttribute : ValidationAttribute
{
    /// <summary>It says what the setting must be.</summary>
    public NamespaceNameAttribute() => ErrorMessage = "the name of a namespace.";

    /// <inheritdoc />
    public override bool IsValid(object? value) => value is null or "" || (value is string name && KubernetesName.IsNamespace(name));
}

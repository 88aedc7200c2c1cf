using System.ComponentModel.DataAnnotations;

namespace CodeRepoOperator.Text;

/// <summary>A setting that is the name of a Kubernetes object; one that is missing is <see cref="RequiredAttribute"/>'s to find.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ObjectNameAttribute : ValidationAttribute
{
    /// <summary>It says what the setting must be.</summary>
    public ObjectNameAttribute() => ErrorMessage = "the name of a Kubernetes object.";

    /// <inheritdoc />
    public override bool IsValid(object? value) => value is null or "" || (value is string name && KubernetesName.IsObject(name));
}

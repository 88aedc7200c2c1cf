using System.ComponentModel.DataAnnotations;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Remotes.Hosts;

/// <summary>
/// How often a host may be polled, all CodeRepos together; an item of <c>Git:HostBudgets</c>. The first that fits is used.
/// </summary>
internal sealed class HostBudget : IValidatableObject
{
    /// <summary>
    /// The host: <c>git.example.com</c>, or <c>*.example.com</c> for every host below it, each of which has as much. On whatever port.
    /// </summary>
    [Required(ErrorMessage = "name the host that the budget is for.")]
    public string Host { get; init; } = "";

    /// <summary>How many polls an hour. One is two or three requests.</summary>
    [Range(1, 1_000_000)]
    public int RequestsPerHour { get; init; }

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Host.Length > 0 && !HostPattern.IsValid(Host))
        {
            yield return new ValidationResult(
                $"is '{RemoteText.Shown(Host)}': must be a host such as git.example.com or *.example.com.",
                [nameof(Host)]
            );
        }
    }
}

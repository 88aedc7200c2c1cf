using System.ComponentModel.DataAnnotations;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Runtime.Settings;
using CodeRepoOperator.Text;

namespace CodeRepoOperator.Indexing.Tables;

/// <summary>
/// The Secret that CodeRepos of a host get which rows declare; an item of <c>Indexing:Declare:Secrets</c>. The first that fits is used.
/// </summary>
internal sealed class DeclaredSecret : IValidatableObject
{
    /// <summary>
    /// The host: <c>git.example.com</c>, <c>*.example.com</c> for every host below it, each optionally with a port. Without one: on the
    /// scheme's own port only.
    /// </summary>
    [Required(ErrorMessage = "name the host whose CodeRepos get the Secret.")]
    public string Host { get; init; } = "";

    /// <summary>The Secret, in the namespace of the CodeRepos, as <c>spec.auth.secret</c> names it.</summary>
    [Required(ErrorMessage = "name the Secret that spec.auth.secret of the CodeRepos names.")]
    public string Secret { get; init; } = "";

    /// <summary>Whether CodeRepos of a URL get it.</summary>
    public bool IsFor(GitUrl url) => HostPattern.MatchesPort(Host, url);

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Host.Length > 0 && !HostPattern.IsValidWithPort(Host))
        {
            yield return new ValidationResult(
                $"is {SettingText.Shown(Host)}: must be a host such as git.example.com, *.example.com or git.example.com:8443.",
                [nameof(Host)]
            );
        }

        if (Secret.Length > 0 && !KubernetesName.IsObject(Secret))
        {
            yield return new ValidationResult($"is {SettingText.Shown(Secret)}: must be the name of a Secret.", [nameof(Secret)]);
        }
    }
}

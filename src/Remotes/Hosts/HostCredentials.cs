using System.ComponentModel.DataAnnotations;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Text;

namespace CodeRepoOperator.Remotes.Hosts;

/// <summary>
/// Credentials that the administrator gives to CodeRepos that name none themselves; an item of <c>Git:Credentials</c>. The first that fits
/// is used.
/// </summary>
internal sealed class HostCredentials : IValidatableObject
{
    private const string AllNamespaces = "*";

    /// <summary>
    /// The host that gets them: <c>git.example.com</c>, <c>*.example.com</c> for every host below it, each optionally with a port. Without
    /// one: on the scheme's own port only.
    /// </summary>
    [Required(ErrorMessage = "name the host that gets the credentials.")]
    public string Host { get; init; } = "";

    /// <summary>
    /// The directory with the credentials, one file for each key that a Secret of <c>spec.auth</c> may have: where a Secret is mounted.
    /// Read at each attempt, so that a change needs no restart.
    /// </summary>
    [Required(ErrorMessage = "name the directory where the Secret with the credentials is mounted.")]
    public string Directory { get; init; } = "";

    /// <summary>The namespaces whose CodeRepos may use them; <c>*</c> for all. There is no default.</summary>
    public IReadOnlyList<string> Namespaces { get; init; } = [];

    /// <summary>Whether they are for the CodeRepos of a namespace.</summary>
    public bool AreFor(string ofNamespace) => Namespaces.Any(name => name == AllNamespaces || name == ofNamespace);

    /// <summary>Whether they name a namespace, rather than being for all.</summary>
    public bool AreGrantedTo(string ofNamespace) => Namespaces.Contains(ofNamespace, StringComparer.Ordinal);

    /// <summary>Whether they may be sent to a remote.</summary>
    public bool AreFor(GitUrl url) => HostPattern.MatchesPort(Host, url);

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Host.Length > 0 && !HostPattern.IsValidWithPort(Host))
        {
            yield return new ValidationResult(
                $"is '{RemoteText.Shown(Host)}': must be a host such as git.example.com, *.example.com or git.example.com:8443.",
                [nameof(Host)]
            );
        }

        if (Directory.Length > 0 && !System.IO.Directory.Exists(Directory))
        {
            yield return new ValidationResult(
                $"is '{RemoteText.Shown(Directory)}': must be a directory; mount the Secret with the credentials there.",
                [nameof(Directory)]
            );
        }

        if (Namespaces.Count == 0)
        {
            yield return new ValidationResult(
                "is missing: name the namespaces whose CodeRepos may use the credentials, or * for all.",
                [nameof(Namespaces)]
            );
        }

        foreach (var name in Namespaces.Where(name => name != AllNamespaces && !KubernetesName.IsNamespace(name)))
        {
            yield return new ValidationResult(
                $"is '{RemoteText.Shown(name)}': must be the name of a namespace, or * for all.",
                [nameof(Namespaces)]
            );
        }
    }
}

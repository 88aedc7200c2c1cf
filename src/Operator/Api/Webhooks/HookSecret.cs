using System.ComponentModel.DataAnnotations;

namespace CodeRepoOperator.Api.Webhooks;

/// <summary>
/// What deliveries of a provider are known by; an item of <c>Hooks:Secrets</c>. Several of one provider are all good, so that one can take
/// another's place.
/// </summary>
internal sealed class HookSecret
{
    /// <summary>
    /// Whose deliveries: <c>GitHub</c>, <c>GitLab</c>, <c>Gitea</c> (of which Forgejo is one), <c>AzureDevOps</c>, <c>Bitbucket</c> or
    /// <c>Generic</c>.
    /// </summary>
    [Required(ErrorMessage = "name the provider: GitHub, GitLab, Gitea, AzureDevOps, Bitbucket or Generic.")]
    public HookProvider? Provider { get; init; }

    /// <summary>
    /// The file with the secret: a key of a Secret that is mounted. White space at its end does not count. It is read for each delivery, so
    /// a change needs no restart.
    /// </summary>
    [Required(ErrorMessage = "name the file with the secret.")]
    public string File { get; init; } = "";
}

namespace CodeRepoOperator.Api.Webhooks;

/// <summary>
/// Whose reports of pushes are meant; in small letters the last part of the path, and the label <c>provider</c> of
/// <c>coderepo_hooks_total</c>.
/// </summary>
internal enum HookProvider
{
    GitHub,
    GitLab,
    Gitea,

    /// <summary>Service hooks of Azure DevOps.</summary>
    AzureDevOps,

    /// <summary>Bitbucket Cloud.</summary>
    Bitbucket,

    /// <summary>Whatever can compute an HMAC: a script, a pipeline, a git server's own hook.</summary>
    Generic,
}

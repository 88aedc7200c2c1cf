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
}

using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Cloning.Credentials;

/// <summary>The credentials for what a repository leads to: submodules, and servers of Git LFS.</summary>
internal sealed class OriginCredentials(CredentialSource source)
{
    /// <summary>
    /// Those of the CodeRepo for the origin of its own URL alone; for another the administrator's, or none. A repository must not choose
    /// who gets a Secret. Whom to trust stays the CodeRepo's to say.
    /// </summary>
    /// <param name="desired">The CodeRepo.</param>
    /// <param name="own">Its credentials.</param>
    /// <param name="url">What the repository leads to.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<Attempt<GitCredentials>> FindAsync(
        DesiredClone desired,
        GitCredentials own,
        GitUrl url,
        CancellationToken cancellationToken
    )
    {
        if ((url.Scheme, url.Authority) == (desired.Url.Scheme, desired.Url.Authority))
        {
            return own;
        }

        var ofHost = await source.FindOfHostAsync(url, desired.Key.Namespace, own.Proxy, cancellationToken);
        return ofHost.Succeeded && ofHost.Value with { Proxy = null, Access = default } == GitCredentials.Anonymous
            ? ofHost.Value with
            {
                Authorities = own.Authorities,
            }
            : ofHost;
    }
}

using System.Net;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Runtime.Client;
using k8s;
using k8s.Autorest;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Credentials;

/// <summary>
/// Finds the credentials of a CodeRepo: those of the Secret that it names, else the administrator's for its host and namespace. They are
/// read at each attempt and not kept, so that new ones count from the next one on.
/// </summary>
internal sealed class CredentialSource(IKubernetes kubernetes, GitHubAppTokens apps, IOptions<GitOptions> options)
{
    /// <summary>The credentials for a remote, anonymous ones if there are none; or why they can't be had.</summary>
    /// <exception cref="HttpRequestException">There is no way to the API server.</exception>
    public async Task<Attempt<GitCredentials>> FindAsync(DesiredClone desired, CancellationToken cancellationToken) =>
        desired.Secret is { } name
            ? await LoggedInAsync(await OfSecretAsync(desired, name, cancellationToken), cancellationToken)
            : await FindOfHostAsync(desired.Url, desired.Key.Namespace, proxy: null, cancellationToken);

    /// <summary>
    /// The administrator's credentials for a host and a namespace, anonymous ones if there are none; or why they can't be had.
    /// </summary>
    /// <param name="url">The remote.</param>
    /// <param name="ofNamespace">The namespace of the CodeRepo.</param>
    /// <param name="proxy">The CodeRepo's own; null: it has none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<Attempt<GitCredentials>> FindOfHostAsync(
        GitUrl url,
        string ofNamespace,
        RemoteProxy? proxy,
        CancellationToken cancellationToken
    ) => await LoggedInAsync(await OfHostAsync(url, ofNamespace, proxy, cancellationToken), cancellationToken);

    /// <summary>Notes what came of them: what was issued for a time and is refused is issued anew at the next try.</summary>
    public void Note(GitCredentials given, CloneFailure? failure)
    {
        if (failure is { Reason: Reasons.AuthenticationFailed, IsOfProxy: false } && given.Http is { Account: not null } login)
        {
            apps.Forget(login);
        }
    }

    private async Task<Attempt<GitCredentials>> LoggedInAsync(Attempt<GitCredentials> found, CancellationToken cancellationToken) =>
        found is { Succeeded: true, Value: { App: { } app } given } ? await apps.LogInAsync(given, app, cancellationToken) : found;

    private async Task<Attempt<GitCredentials>> OfSecretAsync(DesiredClone desired, string name, CancellationToken cancellationToken)
    {
        try
        {
            var secret = await kubernetes.CoreV1.ReadNamespacedSecretAsync(
                name,
                desired.Key.Namespace,
                cancellationToken: cancellationToken
            );
            var values = secret.Data ?? new Dictionary<string, byte[]>();
            var contents = new SecretContents($"the Secret {name}", values.AsReadOnly());
            var read = CredentialsReader.Read(contents, desired.Url);
            if (!read.Succeeded || !contents.HasOnlyProxy)
            {
                return By(read.Value is { } given && MayImpersonate(given, desired.Url) ? CloneAccess.Proxy : CloneAccess.Secret, read);
            }

            // It says nothing of who asks: that is as without it.
            return await OfHostAsync(desired.Url, desired.Key.Namespace, read.Value.Proxy, cancellationToken);
        }
        catch (HttpOperationException error)
        {
            return Unreadable(desired, name, error);
        }
    }

    /// <summary>
    /// Whether the one who wrote the Secret could have had somebody else respond in the host's place: the proxy leads wherever it likes,
    /// and then nothing shows who is there, or what the Secret says.
    /// </summary>
    private static bool MayImpersonate(GitCredentials given, GitUrl url) =>
        given.Proxy is not null && (url.Scheme != "https" || given.Authorities is not null);

    private static Attempt<GitCredentials> By(CloneAccess access, Attempt<GitCredentials> read) =>
        read.Succeeded ? read.Value with { Access = access } : read;

    private static CloneFailure Unreadable(DesiredClone desired, string name, HttpOperationException error) =>
        error.Response.StatusCode switch
        {
            HttpStatusCode.NotFound => new CloneFailure(
                Reasons.SecretNotFound,
                $"There is no Secret {name} in the namespace {desired.Key.Namespace}: create it, or correct spec.auth.secret."
            ),
            HttpStatusCode.Forbidden => new CloneFailure(
                Reasons.SecretNotFound,
                $"The operator may not read Secrets in the namespace {desired.Key.Namespace} (forbidden), so not the Secret {name}: "
                    + "have the administrator grant it get on secrets there (rbac.secrets of the chart)."
            ),
            _ => new CloneFailure(
                Reasons.Unreachable,
                $"The API server did not give the Secret {name} ({error.Describe()}): it is tried again; if it stays so, have the "
                    + "administrator look at the API server."
            ),
        };

    private async Task<Attempt<GitCredentials>> OfHostAsync(
        GitUrl url,
        string ofNamespace,
        RemoteProxy? proxy,
        CancellationToken cancellationToken
    )
    {
        // What the CodeRepo did not ask for must not be what it is refused for: a public remote over plain HTTP stays one. Nor must a proxy
        // that somebody else chose read what is the administrator's.
        var may = url.Scheme != "http" || (options.Value.AllowCredentialsOverHttp && proxy is null);
        foreach (var fitting in options.Value.Credentials.Where(item => may && item.AreFor(ofNamespace) && item.AreFor(url)))
        {
            try
            {
                var contents = new SecretContents(
                    $"the administrator's Secret for {fitting.Host}",
                    await MountedSecret.ReadAsync(fitting.Directory, SecretKeys.All, cancellationToken)
                );

                // One host may have two: for HTTP and for SSH.
                if (!(url.IsHttp ? contents is { IsForSsh: true, IsForHttp: false } : contents is { IsForHttp: true, IsForSsh: false }))
                {
                    var read = By(
                        fitting.AreGrantedTo(ofNamespace) ? CloneAccess.Granted : CloneAccess.Shared,
                        CredentialsReader.Read(contents, url)
                    );
                    return read.Succeeded && proxy is not null ? read.Value with { Proxy = proxy } : read;
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                return new CloneFailure(
                    Reasons.SecretNotFound,
                    $"The administrator's Secret for {fitting.Host} can't be read: have the administrator check its directory, which "
                        + "Git:Credentials names."
                );
            }
        }

        var anonymous = GitCredentials.Anonymous with { Proxy = proxy };
        return MayImpersonate(anonymous, url) ? anonymous with { Access = CloneAccess.Proxy } : anonymous;
    }
}

using System.Security.Cryptography;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Cloning.Credentials;

/// <summary>Makes a GitHub App of the keys of a Secret: the part of <see cref="CredentialsReader"/> for it.</summary>
/// <param name="contents">The Secret.</param>
/// <param name="text">Reads a key of one line; null: it was refused.</param>
/// <param name="whole">Reads a key of several.</param>
/// <param name="refuse">Reports what is wrong.</param>
internal sealed class GitHubAppReader(
    SecretContents contents,
    Func<string, string?> text,
    Func<string, string?> whole,
    Action<string> refuse
)
{
    private const string DefaultApi = "https://api.github.com";

    /// <summary>More than any id has, and so little that a URL holds it.</summary>
    private const int LongestId = 100;

    /// <summary>GitHub makes keys of 2048 bits. What is signed with a longer one takes seconds.</summary>
    private const int LargestKey = 8192;

    /// <returns>The App; null, or something: it was refused.</returns>
    public GitHubApp? Read(GitUrl url)
    {
        var id = Id(SecretKeys.AppId, letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_');
        var installation = contents.Has(SecretKeys.AppInstallationId) ? Id(SecretKeys.AppInstallationId, char.IsAsciiDigit) : null;
        var owner =
            contents.Has(SecretKeys.AppInstallationId) ? ""
            : contents.Has(SecretKeys.AppInstallationOwner) ? Id(SecretKeys.AppInstallationOwner, IsOfName)
            : OwnerOf(url);
        var key = Key();
        var api = Api(url);
        return id is null || key is null || api is null || owner is null
            ? null
            : new GitHubApp(id, key, api) { InstallationId = installation, Owner = owner };
    }

    private static bool IsOfName(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_';

    private string? Id(string key, Func<char, bool> may)
    {
        var value = text(key)?.Trim();
        if (value is not null && (value.Length > LongestId || !value.All(may)))
        {
            refuse($"has something in {key} that GitHub calls nothing: put the value there that GitHub shows");
        }

        return value;
    }

    private string? OwnerOf(GitUrl url)
    {
        var owner = url.Path.Split('/', StringSplitOptions.RemoveEmptyEntries)[0];
        if (owner.Length <= LongestId && owner.All(IsOfName))
        {
            return owner;
        }

        refuse(
            $"does not say where the GitHub App is installed, and the URL names no owner: put {SecretKeys.AppInstallationId} or "
                + $"{SecretKeys.AppInstallationOwner} there"
        );
        return null;
    }

    private string? Key()
    {
        if (whole(SecretKeys.AppPrivateKey) is not { } pem)
        {
            return null;
        }

        try
        {
            using var key = RSA.Create();
            key.ImportFromPem(pem);

            // A public key can be read as well, and signs nothing.
            _ = key.ExportRSAPrivateKey();
            if (key.KeySize <= LargestKey)
            {
                return pem;
            }
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            // It is none, is encrypted, or is a public one.
        }

        refuse(
            $"has no RSA key in {SecretKeys.AppPrivateKey}: put the text of the PEM file there that GitHub made for the App, not encrypted "
                + $"and of at most {LargestKey} bits"
        );
        return null;
    }

    /// <summary>What GitHub issues is for its own repositories: whoever may write a git_url must not have it sent elsewhere.</summary>
    private string? Api(GitUrl url)
    {
        var api = (contents.Has(SecretKeys.AppBaseUrl) ? text(SecretKeys.AppBaseUrl)?.Trim() : DefaultApi)?.TrimEnd('/');
        if (api is null)
        {
            return null;
        }

        if (GitUrl.Parse(api + "/app").Value is not { IsHttp: true, User: null } address)
        {
            refuse($"has no address in {SecretKeys.AppBaseUrl}: put that of GitHub's API there, in the form https://HOST/api/v3");
            return null;
        }

        if (address.Host != url.Host && address.Host != $"api.{url.Host}")
        {
            refuse(
                $"is of a GitHub App whose GitHub has its API at {address.Host}, and the URL's host is {url.Host}, which does not get what "
                    + $"is issued there: correct the URL, or {SecretKeys.AppBaseUrl}"
            );
        }

        return api;
    }
}

using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Remotes.Lfs;

/// <summary>
/// Where the Git LFS server of a repository is (https://github.com/git-lfs/git-lfs/blob/main/docs/api/server-discovery.md).
/// </summary>
internal static class LfsServerUrl
{
    private const string Suffix = "/info/lfs";
    private const string Extension = ".git";

    /// <summary>Finds it: over SSH it is the repository itself, which is asked for it.</summary>
    /// <param name="written">What the repository names; null: nothing.</param>
    /// <param name="repository">The remote.</param>
    /// <returns>The server; a failure does not repeat what was written, which may hold a password.</returns>
    public static Attempt<GitUrl> Resolve(string? written, GitUrl repository)
    {
        if (written is null)
        {
            return repository.IsHttp ? GitUrl.Parse(Below(repository.ToString())) : repository;
        }

        var named = GitUrl.Parse(written);
        return named.Succeeded
            ? named
            : new CloneFailure(Reasons.InvalidUrl, $"lfs.url in .lfsconfig is not taken. {named.Failure.Message}");
    }

    /// <summary>Where the server of a repository over SSH is, when that does not say where.</summary>
    public static Attempt<GitUrl> OverHttps(GitUrl repository)
    {
        var host = repository.Host.Contains(':', StringComparison.Ordinal) ? $"[{repository.Host}]" : repository.Host;
        var path = string.Join('/', repository.Path.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.EscapeDataString));
        return GitUrl.Parse(Below($"https://{host}/{path}"));
    }

    private static string Below(string repository)
    {
        var url = repository.TrimEnd('/');
        return url.EndsWith(Extension, StringComparison.Ordinal) ? url + Suffix : url + Extension + Suffix;
    }
}

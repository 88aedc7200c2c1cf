using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Api.Webhooks;

/// <summary>A repository in the cloud of Azure DevOps, which has many addresses: it moved, and moves no link that was handed out.</summary>
/// <param name="Organization">Whose it is, percent-encoded as the others.</param>
/// <param name="Project">What it is a part of.</param>
/// <param name="Name">Its name; that of a project's first repository is the project's.</param>
internal sealed record AzureDevOpsRepository(string Organization, string Project, string Name)
{
    private const string Host = "dev.azure.com";
    private const string SshHost = "ssh.dev.azure.com";
    private const string OldDomain = ".visualstudio.com";
    private const string OldSshHost = "vs-ssh.visualstudio.com";

    /// <summary>Which part of a path the name follows.</summary>
    private const string Git = "_git";

    /// <summary>What stood where the organization has its collections, and may still.</summary>
    private const string Collection = "DefaultCollection";

    /// <summary>All addresses of the repository that one of them means; elsewhere than in the cloud it has that one.</summary>
    public static IEnumerable<string> UrlsOf(string url) => Parse(url) is { } repository ? repository.Urls.Prepend(url) : [url];

    private static AzureDevOpsRepository? Parse(string text)
    {
        if (GitUrl.Parse(text).Value is not { IsHttp: true } url)
        {
            return null;
        }

        string[] parts = url.Path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (url.Host.EndsWith(OldDomain, StringComparison.Ordinal))
        {
            var below = parts is [var first, ..] && first.Equals(Collection, StringComparison.OrdinalIgnoreCase) ? parts[1..] : parts;
            parts = [url.Host[..^OldDomain.Length], .. below];
        }
        else if (url.Host != Host)
        {
            return null;
        }

        return parts switch
        {
            [var organization, var project, Git, var name] => new AzureDevOpsRepository(organization, project, name),
            [var organization, Git, var name] => new AzureDevOpsRepository(organization, name, name),
            _ => null,
        };
    }

    private IEnumerable<string> Urls
    {
        get
        {
            string[] starts =
            [
                $"https://{Host}/{Organization}",
                $"https://{Organization}{OldDomain}",
                $"https://{Organization}{OldDomain}/{Collection}",
            ];
            string[] ends = Name == Project ? [$"{Project}/{Git}/{Name}", $"{Git}/{Name}"] : [$"{Project}/{Git}/{Name}"];
            var path = $"v3/{Organization}/{Project}/{Name}";
            return
            [
                .. starts.SelectMany(start => ends.Select(end => $"{start}/{end}")),
                // Handed out in the form of scp with what is encoded there, which git doesn't decode but the server does.
                $"git@{SshHost}:{path}",
                $"ssh://git@{SshHost}/{path}",
                $"{Organization}@{OldSshHost}:{path}",
                $"ssh://{Organization}@{OldSshHost}/{path}",
            ];
        }
    }
}

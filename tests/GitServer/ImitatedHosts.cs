using System.Globalization;

namespace GitServer;

/// <summary>
/// Hosts that can't be had for tests, imitated by git's own server as far as it is documented what they do. What is not, they do as
/// git does.
/// </summary>
public static class ImitatedHosts
{
    /// <summary>
    /// Version 2 of git 2.18 to 2.27, which ends with "unknown capability" whoever sends the <c>object-format</c> that it does not know yet
    /// (serve.c; git's release notes for 2.28).
    /// </summary>
    public static readonly RequestFault GitBefore228 = new() { Lacks = ["object-format"] };

    /// <summary>
    /// Azure DevOps advertises these in version 0, and refuses whoever does not name <c>multi_ack</c> in one of its forms, with TF401041
    /// (https://github.com/src-d/go-git/issues/335, https://github.com/ConfigButler/gitops-reverser/issues/288), or <c>thin-pack</c>
    /// (https://github.com/coder/envbuilder/pull/446). What it advertises is as clients saw it
    /// (src/screenshotbot/sdk/git-pack.lisp of screenshotbot/screenshotbot-oss).
    /// </summary>
    public static readonly RequestFault AzureDevOps = new()
    {
        OldProtocol = true,
        Knows =
        [
            "multi_ack",
            "thin-pack",
            "side-band",
            "side-band-64k",
            "no-progress",
            "multi_ack_detailed",
            "no-done",
            "shallow",
            "allow-tip-sha1-in-want",
            "filter",
            "symref",
        ],
        Wants = ["multi_ack_detailed", "thin-pack"],
        Text = "TF401041: The Git protocol sent is not as expected (Clients must support multi-ack.).",
    };

    /// <summary>
    /// AWS CodeCommit advertises these and nothing else, in version 0: neither where HEAD leads nor an agent, and no <c>ofs-delta</c>
    /// (https://github.com/isomorphic-git/isomorphic-git/issues/199, https://github.com/src-d/go-git/issues/945).
    /// </summary>
    public static readonly RequestFault CodeCommit = new()
    {
        OldProtocol = true,
        Knows = ["multi_ack_detailed", "shallow", "side-band-64k", "thin-pack", "allow-tip-sha1-in-want", "allow-reachable-sha1-in-want"],
    };

    private const string InfoRefs = "/info/refs";

    // In seconds.
    private const int Wait = 60;

    /// <summary>What the host of this name does with requests; null: no host of this name is imitated.</summary>
    public static Func<HttpRequest, RequestFault?>? Find(string name) =>
        name switch
        {
            "git-before-2.28" => _ => GitBefore228,
            "azure-devops" => _ => AzureDevOps,
            "codecommit" => _ => CodeCommit,
            "github" => First(GitHubLimit(), GitHub),
            "gitlab" => First(GitLabLimit(), GitLab),
            _ => null,
        };

    /// <summary>
    /// A repository that was renamed, or moved to another owner, stays reachable by its old URL
    /// (https://docs.github.com/en/repositories/creating-and-managing-repositories/renaming-a-repository).
    /// </summary>
    private static RequestFault? GitHub(HttpRequest request) =>
        Moved(request, request.Path.Value!.Replace("/old/", "/new/", StringComparison.Ordinal));

    /// <summary><c>group/project</c> leads to <c>group/project.git</c> (config/routes/git_http.rb of GitLab).</summary>
    private static RequestFault? GitLab(HttpRequest request) =>
        request.Path.Value!.Contains(".git/", StringComparison.Ordinal)
            ? null
            : Moved(request, request.Path.Value.Replace(InfoRefs, ".git" + InfoRefs, StringComparison.Ordinal));

    /// <summary>https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api: 403 or 429, and when it ends.</summary>
    private static RequestFault GitHubLimit() =>
        new()
        {
            Status = StatusCodes.Status403Forbidden,
            Headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
            {
                ["X-RateLimit-Limit"] = "60",
                ["X-RateLimit-Remaining"] = "0",
                ["X-RateLimit-Reset"] = Reset,
            },
        };

    /// <summary>https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits: 429 with this text and these headers.</summary>
    private static RequestFault GitLabLimit() =>
        new()
        {
            Status = StatusCodes.Status429TooManyRequests,
            Text = "Retry later",
            RetryAfter = Wait.ToString(CultureInfo.InvariantCulture),
            Headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
            {
                ["RateLimit-Limit"] = "60",
                ["RateLimit-Name"] = "throttle_unauthenticated_git_http",
                ["RateLimit-Observed"] = "61",
                ["RateLimit-Remaining"] = "0",
                ["RateLimit-Reset"] = Reset,
            },
        };

    private static string Reset =>
        TimeProvider.System.GetUtcNow().AddSeconds(Wait).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    private static RequestFault? Moved(HttpRequest request, string path) =>
        path == request.Path.Value
            ? null
            : new RequestFault
            {
                Status = StatusCodes.Status301MovedPermanently,
                RedirectTo = new Uri($"{request.Scheme}://{request.Host}{path}{request.QueryString}"),
            };

    /// <summary>The first request is met by one thing, all others by another.</summary>
    private static Func<HttpRequest, RequestFault?> First(RequestFault first, Func<HttpRequest, RequestFault?> then)
    {
        var requests = 0;
        return request => Interlocked.Increment(ref requests) == 1 ? first : then(request);
    }
}

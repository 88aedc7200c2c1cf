namespace CodeRepoOperator.Layering;

/// <summary>
/// What each directory may use: the plan of the house. An arrow that is not here fails <see cref="LayeringTests"/> until it is written
/// here, and one that is here and nowhere in the code fails it too.
/// </summary>
internal static class Layers
{
    /// <summary>Between the top directories. The program itself, which puts the features together, is <c>Program</c>.</summary>
    public static readonly string Top = """
        Entities:
        Text:
        Timing:
        Programs:
        Remotes: Entities Text Timing
        Ensure: Entities Programs Remotes Text Timing
        GitWorker: Remotes Timing
        Runtime: Text Timing
        Hosting: Entities Programs Runtime Text Timing
        Cloning: Entities Remotes Runtime Text Timing
        Indexing: Entities Hosting Remotes Runtime Text
        Installing: Entities Hosting Runtime
        Api: Cloning Entities Remotes Runtime Text Timing
        Standalone: Cloning Entities Hosting Programs Remotes Runtime
        Program: Api Cloning Entities Hosting Indexing Installing Programs Runtime Standalone
        """;

    /// <summary>Within each top directory that has directories; what lies in it itself is <c>Top</c>.</summary>
    public static readonly IReadOnlyDictionary<string, string> Below = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["Remotes"] = """
            Failures:
            Files: Failures
            GitFiles: Failures Files
            Credentials: Failures
            Refs: Failures
            Urls: Failures
            Hosts: Credentials Failures Urls
            Protocol: Failures Refs
            Proxies: Credentials Failures Hosts
            Http: Credentials Failures Hosts Protocol Proxies Refs Urls
            GitHub: Credentials Failures Hosts Http Urls
            Ssh: Credentials Failures Hosts Http Protocol Proxies Urls
            Sparse: Failures
            Submodules: Failures Files GitFiles Refs Urls
            Lfs: Failures Urls
            Worker: Credentials Failures GitFiles Hosts Lfs Refs Sparse Submodules Urls
            Top: Credentials Failures Hosts Http Protocol Refs Ssh Urls Worker
            """,
        ["GitWorker"] = """
            Git:
            Limits:
            Packs: Git Limits
            Checkout: Git Limits Packs
            Submodules: Checkout Git
            Lfs: Checkout Git Limits Submodules
            Checking: Checkout Git Limits
            Top: Checking Checkout Git Lfs Limits Packs Submodules
            """,
        ["Runtime"] = """
            Settings:
            Client:
            Monitoring: Client Settings
            Queueing: Client
            Looping: Monitoring Queueing
            Leasing: Client Looping Monitoring Settings
            Watching: Client Looping Monitoring Queueing Settings
            Reporting: Client Monitoring Settings Watching
            Reconciling: Client Leasing Looping Monitoring Queueing Watching
            Serving: Leasing Looping Monitoring Reconciling Settings Watching
            Top: Client Leasing Looping Monitoring Queueing Reconciling Reporting Serving Settings Watching
            """,
        ["Cloning"] = """
            Clones:
            Monitoring: Clones
            Credentials: Clones
            Store: Clones Monitoring
            Inspecting: Clones Monitoring Store
            Reporting: Clones Monitoring Store
            Making: Clones Credentials Inspecting Monitoring Store
            Scheduling: Clones Inspecting Making Monitoring
            Healing: Clones Inspecting Monitoring Store
            Consolidating: Clones Healing Inspecting Making Monitoring Store
            Top: Clones Consolidating Credentials Healing Inspecting Making Monitoring Reporting Scheduling Store
            """,
        ["Indexing"] = """
            Tables:
            Migrations: Tables
            Importing: Tables
            Sweeping: Tables
            CodeRepos: Sweeping Tables
            Pods: Sweeping Tables
            Declaring: Importing Tables
            Top: CodeRepos Declaring Importing Migrations Pods Sweeping Tables
            """,
        ["Api"] = """
            Responses:
            Serving: Responses
            Callers: Responses Serving
            Ensure: Callers Responses Serving
            Archives: Callers Ensure Responses Serving
            Watching: Callers Responses Serving
            Webhooks: Responses
            Top: Archives Callers Ensure Responses Serving Watching Webhooks
            """,
    };

    /// <summary>
    /// What other top directories may use of Cloning, whose directories are most: its loops and reports are nobody else's.
    /// </summary>
    public static readonly string OfCloning = """
        Api: Clones Inspecting Making Store Top
        Program: Clones Top
        Standalone: Clones Making Store Top
        """;

    /// <summary>The directories that may use a library, whose types and errors nobody else needs to know.</summary>
    public static readonly IReadOnlyDictionary<string, string> Homes = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["LibGit2Sharp"] = "GitWorker",
        ["Renci.SshNet"] = "Remotes.Ssh",
        ["CommunityToolkit.HighPerformance"] = "Runtime.Watching",
        ["Semver"] = "Remotes.Refs",
        ["Npgsql"] = "Indexing",
        ["dbup-core"] = "Indexing.Migrations",
        ["dbup-postgresql"] = "Indexing.Migrations",
    };
}

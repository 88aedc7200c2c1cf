namespace CodeRepoOperator.Machinery.Cluster;

/// <summary>Helm 3 or 4, with the rights of one kubeconfig.</summary>
/// <param name="program">Its name: <c>helm</c> is Helm 3, <c>helm4</c> is Helm 4.</param>
/// <param name="path">The PATH in which it is found.</param>
/// <param name="kubeconfig">The kubeconfig.</param>
/// <param name="home">Where it keeps its own files; by default that would be the user's home.</param>
internal sealed class Helm(string program, string path, string kubeconfig, string home)
{
    private readonly Dictionary<string, string> _environment = new()
    {
        ["PATH"] = path,
        ["KUBECONFIG"] = kubeconfig,
        ["HELM_CACHE_HOME"] = Path.Combine(home, "cache"),
        ["HELM_CONFIG_HOME"] = Path.Combine(home, "config"),
        ["HELM_DATA_HOME"] = Path.Combine(home, "data"),
    };

    /// <summary>Whether it applies on the side of the server, as Helm 4 does.</summary>
    public bool AppliesServerSide => program == "helm4";

    /// <summary>Runs it and returns what it did, whether or not it succeeded.</summary>
    public Task<ProcessOutcome> TryAsync(IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        // Through env, which looks in this PATH; .NET would look in its own.
        ProcessRunner.RunAsync("/usr/bin/env", [program, .. arguments], _environment, input: "", cancellationToken);

    /// <summary>Runs it, and it must succeed; returns its output.</summary>
    public async Task<string> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        (await TryAsync(arguments, cancellationToken)).OutputOrThrow();
}

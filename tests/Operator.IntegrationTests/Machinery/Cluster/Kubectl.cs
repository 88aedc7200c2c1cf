namespace CodeRepoOperator.Machinery.Cluster;

/// <summary>kubectl with the rights of one kubeconfig.</summary>
/// <param name="path">The PATH in which kubectl is found.</param>
/// <param name="kubeconfig">The kubeconfig.</param>
/// <param name="cache">Where kubectl remembers what the server serves; by default that would be the user's home.</param>
public sealed class Kubectl(string path, string kubeconfig, string cache)
{
    private readonly Dictionary<string, string> environment = new() { ["PATH"] = path, ["KUBECONFIG"] = kubeconfig };

    /// <summary>Runs kubectl and returns what it did, whether or not it succeeded.</summary>
    public Task<ProcessOutcome> TryAsync(IEnumerable<string> arguments, string input, CancellationToken cancellationToken) =>
        // Through env, which looks in this PATH; .NET would look in its own.
        ProcessRunner.RunAsync("/usr/bin/env", ["kubectl", $"--cache-dir={cache}", .. arguments], environment, input, cancellationToken);

    /// <summary>Makes kubectl ask the server anew what it serves.</summary>
    public void Forget() => Directory.Delete(cache, recursive: true);

    /// <summary>Runs kubectl, which must succeed, and returns its output.</summary>
    public async Task<string> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var outcome = await TryAsync(arguments, input: "", cancellationToken);
        return outcome.OutputOrThrow();
    }
}

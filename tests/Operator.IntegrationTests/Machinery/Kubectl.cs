namespace CodeRepoOperator.Machinery;

/// <summary>kubectl with the rights of one kubeconfig.</summary>
public sealed class Kubectl(string path, string kubeconfig)
{
    private readonly Dictionary<string, string> environment = new() { ["PATH"] = path, ["KUBECONFIG"] = kubeconfig };

    /// <summary>Runs kubectl and returns what it did, whether or not it succeeded.</summary>
    public Task<ProcessOutcome> TryAsync(IEnumerable<string> arguments, string input, CancellationToken cancellationToken) =>
        // Through env, which looks in this PATH; .NET would look in its own.
        ProcessRunner.RunAsync("/usr/bin/env", ["kubectl", .. arguments], environment, input, cancellationToken);

    /// <summary>Runs kubectl, which must succeed, and returns its output.</summary>
    public async Task<string> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var outcome = await TryAsync(arguments, input: "", cancellationToken);
        return outcome.OutputOrThrow();
    }
}

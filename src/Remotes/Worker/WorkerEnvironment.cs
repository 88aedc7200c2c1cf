using System.Collections;
using CodeRepoOperator.Remotes.Hosts;

namespace CodeRepoOperator.Remotes.Worker;

/// <summary>The environment of the worker: what it needs to reach remotes, and nothing else.</summary>
internal sealed class WorkerEnvironment
{
    private static readonly string[] PassedOn =
    [
        "PATH",
        "TMPDIR",
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "no_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
    ];

    private WorkerEnvironment(IReadOnlyDictionary<string, string> variables) => Variables = variables;

    /// <summary>All variables that the worker sees.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; }

    /// <summary>Picks out of the operator's own environment.</summary>
    public static WorkerEnvironment From(IDictionary own)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            // Nobody's configuration is read.
            ["HOME"] = "/nonexistent",
        };
        foreach (var name in PassedOn)
        {
            if (own[name] is string { Length: > 0 } value)
            {
                variables[name] = value;
            }
        }

        foreach (var (name, value) in SystemAuthorities.HandOn(own))
        {
            variables[name] = value;
        }

        return new WorkerEnvironment(variables);
    }
}

using System.Collections;
using System.Runtime.InteropServices;

namespace CodeRepoOperator.Cloning.Remotes.Worker;

/// <summary>The environment of the worker: what it needs to reach remotes and to start quickly, and nothing else.</summary>
internal sealed class WorkerEnvironment
{
    private static readonly string[] PassedOn =
    [
        "PATH", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "DOTNET_ROOT", "DOTNET_ROOT_X64", "DOTNET_ROOT_ARM64",
        "http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
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

            // A short-lived process: no profiling for later optimisation, no background collections, no diagnostics server.
            ["DOTNET_TieredPGO"] = "0",
            ["DOTNET_gcConcurrent"] = "0",
            ["DOTNET_EnableDiagnostics"] = "0",
            ["DOTNET_ROOT"] = RuntimeRoot(),
        };
        foreach (var name in PassedOn)
        {
            if (own[name] is string { Length: > 0 } value)
            {
                variables[name] = value;
            }
        }

        return new WorkerEnvironment(variables);
    }

    // <root>/shared/Microsoft.NETCore.App/<version>/: the runtime that runs us is the one to run the worker.
    private static string RuntimeRoot() => Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
}

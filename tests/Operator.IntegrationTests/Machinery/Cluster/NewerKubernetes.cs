namespace CodeRepoOperator.Machinery.Cluster;

/// <summary>
/// A control plane whose CRDs and CodeRepos are served as a newer Kubernetes does it, by the server that hack/crd-server.sh builds. It can
/// be had where Debian's unstable packages can be: elsewhere the tests on it are skipped, and <c>make test</c> says so.
/// </summary>
/// <param name="version">Which Kubernetes (1.36).</param>
public abstract class NewerKubernetes(string version) : IAsyncLifetime
{
    private readonly KubeApiServer? _cluster = IsBuilt ? new KubeApiServer(version) : null;

    /// <summary>Its API server, with CRD and RBAC applied.</summary>
    public KubeApiServer Cluster
    {
        get
        {
            Assert.SkipUnless(_cluster is not null, "The server for custom resources is not built: bash hack/crd-server.sh assets");
            return _cluster!;
        }
    }

    private static bool IsBuilt =>
        File.Exists(
            Path.Combine(
                Environment.GetEnvironmentVariable("CODEREPO_CACHE")
                    ?? Path.Combine(
                        Environment.GetEnvironmentVariable("XDG_CACHE_HOME")
                            ?? Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "/root", ".cache"),
                        "coderepo-operator"
                    ),
                "crd-server",
                "crd-server"
            )
        );

    /// <inheritdoc />
    public ValueTask InitializeAsync() => _cluster?.InitializeAsync() ?? ValueTask.CompletedTask;

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }
}

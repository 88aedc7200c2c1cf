namespace CodeRepoOperator.Machinery.Cluster;

/// <summary>A control plane that <c>hack/control-plane.sh run</c> runs.</summary>
internal sealed class ControlPlaneProcess : IAsyncDisposable
{
    /// <summary>Seconds as a rule; building kube-apiserver, which happens once, takes minutes.</summary>
    private static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(30);

    /// <summary>Twice what the script gives both servers before it kills them.</summary>
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(20);

    private readonly ServerScript _script;

    private ControlPlaneProcess(ServerScript script) => _script = script;

    /// <summary>Starts a control plane and waits until it is ready.</summary>
    /// <param name="directory">Where it has its state.</param>
    /// <param name="crdVersion">
    /// As which Kubernetes CRDs and their objects are served (1.36), by a server of their own; null: by kube-apiserver.
    /// </param>
    /// <param name="cancellationToken">The test's token.</param>
    public static async Task<ControlPlaneProcess> StartAsync(string directory, string? crdVersion, CancellationToken cancellationToken)
    {
        string[] arguments = crdVersion is null ? ["run", directory] : ["run", directory, crdVersion];
        var script = new ServerScript("the control plane", "hack/control-plane.sh", arguments, StopDeadline);
        await script.StartAsync(StartDeadline, cancellationToken);
        return new ControlPlaneProcess(script);
    }

    /// <summary>Orders it to kill or start a server, and waits until that is done.</summary>
    /// <param name="order"><c>kill</c> or <c>start</c>, and <c>etcd</c> or <c>kube-apiserver</c>.</param>
    /// <param name="cancellationToken">The test's token.</param>
    public Task OrderAsync(string order, CancellationToken cancellationToken) =>
        _script.OrderAsync(order, $"done: {order}", StartDeadline, cancellationToken);

    public ValueTask DisposeAsync() => _script.DisposeAsync();
}

using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Leasing;
using CodeRepoOperator.Runtime.Settings;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Machinery.Cluster;

/// <summary>A lease of its own, a holder of it, and a way to the API server that can break.</summary>
internal sealed class LeaseFixture : IAsyncDisposable
{
    /// <summary>Long enough for what takes some renewals on a busy machine.</summary>
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(45);

    private readonly KubeApiServer _cluster;
    private readonly ApiClient _kubernetes;

    private LeaseFixture(KubeApiServer cluster, KubernetesClientConfiguration configuration, TimeSpan duration)
    {
        _cluster = cluster;
        Proxy = new TcpProxy(cluster.Port);
        configuration.Host = $"https://127.0.0.1:{Proxy.Port}";
        _kubernetes = new ApiClient(configuration, TimeProvider.System, Way);
        Holder = new LeaseHolder(
            _kubernetes,
            Name,
            Options.Create(new RuntimeOptions { LeaseDuration = duration }),
            TimeProvider.System,
            Log
        );
    }

    public LeaseName Name { get; } = new(KubeApiServer.OperatorNamespace, $"lease-{Guid.NewGuid():n}");

    public TcpProxy Proxy { get; }

    public WayToApiServer Way { get; } = new();

    public LeaseHolder Holder { get; }

    public RecordingLogger<LeaseHolder> Log { get; } = new();

    /// <summary>The methods of the requests so far, in order.</summary>
    public IReadOnlyList<string> Methods => [.. Way.Requests.Select(request => request.Split(' ')[0])];

    /// <summary>The warnings so far.</summary>
    public IReadOnlyList<string> Warnings => [.. Log.Entries.Where(entry => entry.Level >= LogLevel.Warning).Select(entry => entry.Text)];

    /// <summary>The lines that say that the lease can be had again.</summary>
    public IReadOnlyList<string> Recoveries =>
        [.. Log.Entries.Where(entry => entry.Text.Contains("again, after", StringComparison.Ordinal)).Select(entry => entry.Text)];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Starts it and waits until the lease is held.</summary>
    public static async Task<LeaseFixture> StartAsync(KubeApiServer cluster, TimeSpan duration)
    {
        var configuration = await KubernetesClientConfiguration.BuildConfigFromConfigFileAsync(new FileInfo(cluster.AdminKubeconfig));
        var fixture = new LeaseFixture(cluster, configuration, duration);
        await fixture.Holder.StartAsync(Token);
        await fixture.Holder.WhenHeldAsync(Token);
        return fixture;
    }

    /// <summary>The lease as it is.</summary>
    public Task<V1Lease> GetAsync() =>
        _cluster.Admin.CoordinationV1.ReadNamespacedLeaseAsync(Name.Name, Name.Namespace, cancellationToken: Token);

    /// <summary>Writes the lease as somebody else, whatever its version.</summary>
    public Task PatchAsync(object patch) =>
        _cluster.Admin.CoordinationV1.PatchNamespacedLeaseAsync(
            new V1Patch(patch, V1Patch.PatchType.MergePatch),
            Name.Name,
            Name.Namespace,
            cancellationToken: Token
        );

    /// <summary>Deletes the lease.</summary>
    public Task DeleteAsync() =>
        _cluster.Admin.CoordinationV1.DeleteNamespacedLeaseAsync(Name.Name, Name.Namespace, cancellationToken: Token);

    public async ValueTask DisposeAsync()
    {
        // Shown where the test fails, which is not known yet.
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', Log.Entries));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', Way.Requests));

        await Holder.StopAsync(CancellationToken.None);
        Holder.Dispose();
        _kubernetes.Dispose();
        await Proxy.DisposeAsync();
    }
}

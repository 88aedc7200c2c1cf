using System.Net.Http.Json;
using System.Text.Json;

namespace CodeRepoOperator.Machinery.Cluster;

/// <summary>
/// A control plane for the tests that kill its servers, one after the other: each leaves it running, and takes namespaces of
/// its own.
/// </summary>
[CollectionDefinition(nameof(OwnControlPlane))]
public sealed class OwnControlPlane : IAsyncLifetime, ICollectionFixture<OwnControlPlane>
{
    private const string ApiServer = "kube-apiserver";
    private const string Etcd = "etcd";

    private readonly HttpClient _http = new();

    /// <summary>Its API server, with CRD and RBAC applied.</summary>
    public KubeApiServer Cluster { get; } = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <inheritdoc />
    public ValueTask InitializeAsync() => Cluster.InitializeAsync();

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return Cluster.DisposeAsync();
    }

    /// <summary>Ends the API server without a chance to say goodbye.</summary>
    public Task KillApiServerAsync() => Cluster.OrderAsync($"kill {ApiServer}", Token);

    /// <summary>Starts the API server again, on its port, and waits until it is ready.</summary>
    public Task StartApiServerAsync() => Cluster.OrderAsync($"start {ApiServer}", Token);

    /// <summary>Kills the API server and starts it again: what it remembered of changes is gone.</summary>
    public async Task RestartApiServerAsync()
    {
        await KillApiServerAsync();
        await StartApiServerAsync();
    }

    /// <summary>Copies what etcd has; the servers are restarted for that.</summary>
    public async Task<string> BackUpAsync()
    {
        await KillAsync();
        var backup = $"{Cluster.EtcdData}.backup-{Guid.NewGuid():n}";
        await CopyAsync(Cluster.EtcdData, backup);
        await StartAsync();
        return backup;
    }

    /// <summary>Puts back what etcd had; the servers are restarted for that.</summary>
    public async Task RestoreAsync(string backup)
    {
        await KillAsync();
        Directory.Delete(Cluster.EtcdData, recursive: true);
        await CopyAsync(backup, Cluster.EtcdData);
        await StartAsync();
    }

    /// <summary>Makes etcd forget all versions but the newest.</summary>
    public async Task CompactAsync(CancellationToken cancellationToken)
    {
        // etcd's gRPC gateway; it writes and takes 64-bit numbers as strings.
        var found = await PostAsync("v3/kv/range", new { key = Convert.ToBase64String("/"u8) }, cancellationToken);
        var revision = found.GetProperty("header").GetProperty("revision").GetString();
        await PostAsync("v3/kv/compaction", new { revision, physical = true }, cancellationToken);
    }

    private static async Task CopyAsync(string from, string to) =>
        (
            await ProcessRunner.RunAsync("cp", ["-a", from, to], new Dictionary<string, string>(StringComparer.Ordinal), "", Token)
        ).OutputOrThrow();

    private async Task KillAsync()
    {
        await KillApiServerAsync();
        await Cluster.OrderAsync($"kill {Etcd}", Token);
    }

    private async Task StartAsync()
    {
        await Cluster.OrderAsync($"start {Etcd}", Token);
        await StartApiServerAsync();
    }

    private async Task<JsonElement> PostAsync(string path, object body, CancellationToken cancellationToken)
    {
        using var response = await _http.PostAsJsonAsync(new Uri(Cluster.Etcd, path), body, cancellationToken);
        var content = await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
        return response.IsSuccessStatusCode ? content : throw new InvalidOperationException($"etcd refused {path}: {content}");
    }
}

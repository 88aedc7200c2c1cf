using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using k8s;

namespace CodeRepoOperator.Api;

/// <summary>
/// A running operator with its API, callers with real tokens, and something between it and the API server that can refuse.
/// </summary>
public sealed class EnsureFixture(KubeApiServer cluster) : IAsyncLifetime
{
    private CloneFixture? _fixture;
    private ApiProxy? _proxy;
    private OperatorProcess? _operator;
    private HttpClient? _http;

    internal EnsureCallers Callers { get; } = new(cluster);

    internal CloneFixture Fixture => _fixture!;

    internal ApiProxy Proxy => _proxy!;

    internal OperatorProcess Operator => _operator!;

    /// <summary>A client of the API without a token.</summary>
    public HttpClient Http => _http!;

    /// <summary>The token of a ServiceAccount that may ask for all CodeRepos of the namespace.</summary>
    public string Token { get; private set; } = "";

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    /// <inheritdoc />
    public async ValueTask InitializeAsync()
    {
        _fixture = await CloneFixture.StartAsync(cluster);
        _proxy = await ApiProxy.StartAsync(cluster);
        _fixture.Api = _proxy;
        _operator = await _fixture.StartReadyOperatorAsync(
            ("Api__DenialLifetime", "00:00:01"),
            ("Store__TerminalRetryInterval", "00:01:00"),
            ("Api__RequestsPerSecond", "0"),
            ("Store__VerifyInterval", "01:00:00")
        );
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_operator.ApiPort}") };
        Token = await Callers.MakeAsync(_fixture.Namespace, "consumer");
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _http?.Dispose();
        await (_fixture?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_proxy?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    /// <summary>A token that ends when asked to, which the API server itself does not make: signed with its key.</summary>
    public async Task<string> TokenUntilAsync(string ofNamespace, string account, DateTimeOffset until)
    {
        var uid = (await cluster.Admin.CoreV1.ReadNamespacedServiceAccountAsync(account, ofNamespace, cancellationToken: Ended))
            .Metadata
            .Uid;
        using var key = RSA.Create();
        key.ImportFromPem(
            await File.ReadAllTextAsync(Path.Combine(Path.GetDirectoryName(cluster.AdminKubeconfig)!, "service-accounts.key"), Ended)
        );
        var real = (await Callers.TokenAsync(ofNamespace, account)).Split('.');
        var claims = new Dictionary<string, object>
        {
            ["aud"] = new[] { EnsureCallers.Audience },
            ["exp"] = until.ToUnixTimeSeconds(),
            ["iat"] = until.ToUnixTimeSeconds() - 3600,
            ["nbf"] = until.ToUnixTimeSeconds() - 3600,
            ["iss"] = "https://kubernetes.default.svc",
            ["sub"] = $"system:serviceaccount:{ofNamespace}:{account}",
            ["kubernetes.io"] = new Dictionary<string, object>
            {
                ["namespace"] = ofNamespace,
                ["serviceaccount"] = new { name = account, uid },
            },
        };
        var signed = $"{real[0]}.{Encode(JsonSerializer.SerializeToUtf8Bytes(claims))}";
        return $"{signed}.{Encode(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    /// <summary>Asks for a clone.</summary>
    internal async Task<ApiResponse> EnsureAsync(string name, string? token = "", string query = "", string? ofNamespace = null) =>
        await SendAsync(
            HttpMethod.Post,
            $"/v1/namespaces/{ofNamespace ?? Fixture.Namespace}/coderepos/{name}/ensure{query}",
            token?.Length == 0 ? Token : token
        );

    /// <summary>Sends a request.</summary>
    internal async Task<ApiResponse> SendAsync(HttpMethod method, string path, string? token)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        using var response = await Http.SendAsync(request, Ended);
        return await ApiResponse.OfAsync(response, Ended);
    }

    /// <summary>The value of one of the operator's counters.</summary>
    internal async Task<double> CountedAsync(string series) => await Operator.MetricAsync(series, Ended) ?? double.NaN;

    private static string Encode(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
}

using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using k8s;
using k8s.KubeConfigModels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace CodeRepoOperator.Machinery.Cluster;

/// <summary>
/// Stands between operators and the API server, and notes, holds back or refuses what goes through. TLS and HTTP/2 as without it.
/// </summary>
internal sealed class ApiProxy : IAsyncDisposable
{
    private static readonly ForwarderRequestConfig AsLongAsItTakes = new() { ActivityTimeout = TimeSpan.FromHours(1) };

    private readonly X509Certificate2 _certificate = TestCertificate.Create();
    private readonly ConcurrentQueue<ApiRequest> _requests = new();
    private readonly string _target;
    private readonly HttpMessageInvoker _client;
    private readonly WebApplication _app;

    private ApiProxy(KubernetesClientConfiguration server)
    {
        _target = server.Host;
        _client = new HttpMessageInvoker(
            new SocketsHttpHandler
            {
                UseProxy = false,
                UseCookies = false,
                AllowAutoRedirect = false,
                EnableMultipleHttp2Connections = true,
                SslOptions =
                {
                    RemoteCertificateValidationCallback = (_, shown, _, _) =>
                        server.SslCaCerts.Any(own => own.GetRawCertData().AsSpan().SequenceEqual(shown?.GetRawCertData())),
                },
            }
        );
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddHttpForwarder();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(_certificate));
        });
        _app = builder.Build();
        _app.Run(ForwardAsync);
    }

    /// <summary>All that came in so far, in order.</summary>
    public IReadOnlyCollection<ApiRequest> Requests => _requests;

    /// <summary>
    /// Responds to request in the API server's place with a status; null: the API server does. May be changed at any time.
    /// </summary>
    public Func<ApiRequest, HttpStatusCode?> Refuse { get; set; } = _ => null;

    /// <summary>Where a request waits before the API server gets it; null: nowhere. May be changed at any time.</summary>
    public Func<ApiRequest, Gate?> HoldRequest { get; set; } = _ => null;

    /// <summary>Where the response to a request waits before the operator gets it; null: nowhere. May be changed at any time.</summary>
    public Func<ApiRequest, Gate?> HoldResponse { get; set; } = _ => null;

    /// <summary>Starts one in front of the API server.</summary>
    public static async Task<ApiProxy> StartAsync(KubeApiServer cluster)
    {
        var server = await KubernetesClientConfiguration.BuildConfigFromConfigFileAsync(new FileInfo(cluster.AdminKubeconfig));
        var proxy = new ApiProxy(server);
        await proxy._app.StartAsync();
        return proxy;
    }

    /// <summary>Leads who uses a kubeconfig this way.</summary>
    public void Redirect(K8SConfiguration kubeconfig)
    {
        foreach (var cluster in kubeconfig.Clusters)
        {
            cluster.ClusterEndpoint.Server = _app.Urls.First();
            cluster.ClusterEndpoint.CertificateAuthorityData = Convert.ToBase64String(
                System.Text.Encoding.ASCII.GetBytes(_certificate.ExportCertificatePem())
            );
            cluster.ClusterEndpoint.CertificateAuthority = null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Watches and what is held back are not waited for.
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        _client.Dispose();
        _certificate.Dispose();
    }

    private async Task ForwardAsync(HttpContext context)
    {
        try
        {
            var request = await ReadAsync(context);
            _requests.Enqueue(request);
            await PassAsync(HoldRequest(request), context.RequestAborted);
            if (Refuse(request) is { } status)
            {
                context.Response.StatusCode = (int)status;
                return;
            }

            await context
                .RequestServices.GetRequiredService<IHttpForwarder>()
                .SendAsync(
                    context,
                    _target,
                    _client,
                    AsLongAsItTakes,
                    new HeldResponse(() => PassAsync(HoldResponse(request), context.RequestAborted))
                );
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The operator does not wait any more: the API server is not asked.
        }
    }

    private static async Task PassAsync(Gate? gate, CancellationToken left)
    {
        if (gate?.Arrive() == true)
        {
            await gate.WhenOpenAsync(left);
        }
    }

    private static async Task<ApiRequest> ReadAsync(HttpContext context)
    {
        var request = context.Request;
        request.EnableBuffering();
        using var reader = new StreamReader(request.Body, leaveOpen: true);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        request.Body.Position = 0;
        return new ApiRequest(request.Method, request.Path.Value ?? "", request.QueryString.Value ?? "", body);
    }

    private sealed class HeldResponse(Func<Task> waitAsync) : HttpTransformer
    {
        public override async ValueTask<bool> TransformResponseAsync(
            HttpContext httpContext,
            HttpResponseMessage? proxyResponse,
            CancellationToken cancellationToken
        )
        {
            await waitAsync();
            return await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        }
    }
}

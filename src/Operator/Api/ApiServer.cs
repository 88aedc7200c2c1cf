using System.Net.Sockets;
using CodeRepoOperator.Api.Responses;
using CodeRepoOperator.Api.Serving;
using CodeRepoOperator.Runtime.Monitoring;
using CodeRepoOperator.Runtime.Serving;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Options;
using Prometheus;

namespace CodeRepoOperator.Api;

/// <summary>
/// Serves the API, by a server of its own beside that of health and metrics: connections that hang, and limits that are reached, on the
/// one leave the other alone, and so does what is answered there.
/// </summary>
internal sealed class ApiServer(
    IServiceProvider services,
    RuntimeMetrics metrics,
    CollectorRegistry registry,
    IOptions<ApiOptions> options,
    TimeProvider time,
    ILoggerFactory logs,
    ILogger<ApiServer> log)
    : IHostedLifecycleService, IReadinessCheck, IAsyncDisposable
{
    /// <summary>Of a body, unless an endpoint says otherwise.</summary>
    private const int LargestBody = 4096;

    /// <summary>A token may have kilobytes; other headers are short.</summary>
    private const int LargestHeaders = 32 * 1024;

    /// <summary>How long a caller may take to send the headers, and stay connected without asking anything.</summary>
    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan KeepAlive = TimeSpan.FromMinutes(2);

    private KestrelServer? _server;
    private bool _listens;

    /// <inheritdoc />
    public string? Missing => _listens || !options.Value.Enabled ? null : "the API does not listen yet";

    /// <inheritdoc />
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>After all else has begun: it takes tenths of a second of a processor, in which the objects can be listed.</summary>
    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        if (!options.Value.Enabled)
        {
            return;
        }

        var guard = ConnectionGuard.OfApi(options.Value.MaxConnections, metrics);
        registry.AddBeforeCollectCallback(guard.Observe);
        _server = new KestrelServer(Options.Create(Settings()), new GuardedTransport(() => guard, time, logs), logs);
        var application = new ApiApplication(Endpoints(), services.GetRequiredService<IServiceScopeFactory>(), log);
        try
        {
            await _server.StartAsync(application, cancellationToken);
            _listens = true;
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            throw new ApiAddressException(options.Value.Url, error);
        }
    }

    /// <inheritdoc />
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => _server?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    /// <inheritdoc />
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        _server?.Dispose();
        return ValueTask.CompletedTask;
    }

    private RequestDelegate Endpoints()
    {
        var app = new ApplicationBuilder(services);
        app.UseRouting();
        app.UseEndpoints(endpoints => endpoints.MapEnsureApi());
        app.Run(context => new EnsureProblem(
            StatusCodes.Status404NotFound, ApiReasons.NotFound, "There is nothing at this path; /openapi/v1.json says what there is.").WriteAsync(context));
        return app.Build();
    }

    private KestrelServerOptions Settings()
    {
        var kestrel = new KestrelServerOptions { ApplicationServices = services, AddServerHeader = false };
        kestrel.Limits.MaxRequestBodySize = LargestBody;
        kestrel.Limits.MaxRequestHeadersTotalSize = LargestHeaders;
        kestrel.Limits.RequestHeadersTimeout = HeadersTimeout;
        kestrel.Limits.KeepAliveTimeout = KeepAlive;
        if (options.Value.EndPoint is { } endPoint)
        {
            kestrel.Listen(endPoint, Listen);
        }
        else
        {
            kestrel.ListenAnyIP(options.Value.Port, Listen);
        }

        return kestrel;
    }

    private void Listen(ListenOptions listen)
    {
        // One request after the other on each connection: a connection is what callers are limited by.
        listen.Protocols = HttpProtocols.Http1;
        if (options.Value.IsTls)
        {
            var certificate = new TlsCertificate(options.Value, time, log);
            listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(certificate.ForConnection()) });
        }
    }
}

using System.Net.Sockets;
using CodeRepoOperator.Api.Serving;
using CodeRepoOperator.Runtime.Monitoring;
using CodeRepoOperator.Runtime.Serving;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Api;

/// <summary>
/// Serves the API, by a server of its own beside that of health and metrics: connections that hang, and limits that are reached, on the
/// one leave the other alone, and so does what is responded to there.
/// </summary>
internal sealed class ApiServer(
    ServerFactory servers,
    IServiceProvider services,
    RuntimeMetrics metrics,
    IOptions<ApiOptions> options,
    TimeProvider time,
    ILogger<ApiServer> log
) : IHostedLifecycleService, IReadinessCheck, IAsyncDisposable
{
    private WebApplication? _app;
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

        var builder = servers.CreateBuilder(ServerLimits.OfApi, ConnectionGuard.OfApi(options.Value.MaxConnections, metrics));
        builder.WebHost.ConfigureKestrel(Listen);
        _app = builder.Build();
        _app.UseConnectionPlaces();
        _app.Use(next => new ApiErrorHandler(next, log).InvokeAsync);
        _app.MapEnsureApi(services);
        try
        {
            await _app.StartAsync(cancellationToken);
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
    public Task StopAsync(CancellationToken cancellationToken) => _app?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    /// <inheritdoc />
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _app?.DisposeAsync() ?? ValueTask.CompletedTask;

    private void Listen(KestrelServerOptions kestrel)
    {
        if (options.Value.EndPoint is { } endPoint)
        {
            kestrel.Listen(endPoint, Encrypt);
        }
        else
        {
            kestrel.ListenAnyIP(options.Value.Port, Encrypt);
        }
    }

    private void Encrypt(ListenOptions listen)
    {
        if (options.Value.IsTls)
        {
            var certificate = new TlsCertificate(options.Value, time, log);
            listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(certificate.ForConnection()) });
        }
    }
}

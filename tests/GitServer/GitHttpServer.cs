using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace GitServer;

/// <summary>A real git remote on loopback: Kestrel in front of <c>git http-backend</c>, with faults on demand. Fetches only.</summary>
public sealed class GitHttpServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly GitBackend _backend;
    private readonly ConcurrentDictionary<string, byte> _connections = new();
    private long _requests;
    private long _bytesSent;

    private GitHttpServer(WebApplication app, string root, GitHttpServerOptions options)
    {
        (_app, _backend) = (app, new GitBackend(root));
        var login = options.UserName is { } user ? Basic(user, options.Password ?? "") : null;
        Login = _ => login;
    }

    /// <summary>Where the repositories are: the root of all their URLs.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Decides by the request what goes wrong; null: nothing. May be changed at any time.</summary>
    public Func<HttpRequest, RequestFault?> Fault { get; set; } = _ => null;

    /// <summary>Which Authorization header a request must have; null: none. May be changed at any time.</summary>
    public Func<HttpRequest, string?> Login { get; set; }

    /// <summary>How many requests came in.</summary>
    public long Requests => Interlocked.Read(ref _requests);

    /// <summary>How many bytes of bodies were sent.</summary>
    public long BytesSent => Interlocked.Read(ref _bytesSent);

    /// <summary>Serves every bare repository below a directory.</summary>
    public static async Task<GitHttpServer> StartAsync(string root, GitHttpServerOptions? options = null)
    {
        options ??= new GitHttpServerOptions();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(options.Address, options.Port, listen =>
            {
                if (options.Certificate is { } certificate)
                {
                    listen.UseHttps(https =>
                    {
                        https.ServerCertificate = certificate;
                        if (options.ClientCertificate is { } client)
                        {
                            https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
                            https.ClientCertificateValidation = (shown, _, _) => shown.Thumbprint == client.Thumbprint;
                        }
                    });
                }
            });
        });
        var app = builder.Build();
        var server = new GitHttpServer(app, root, options);
        app.Run(server.ServeAsync);
        await app.StartAsync();
        server.Address = new Uri(app.Urls.First());
        return server;
    }

    /// <summary>The header of HTTP basic authentication.</summary>
    public static string Basic(string user, string password) =>
        "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));

    /// <summary>The URL of a repository.</summary>
    public string UrlOf(string repository) => new Uri(Address, repository).AbsoluteUri;

    /// <summary>Sets the counters back to 0.</summary>
    public void ResetCounters()
    {
        Interlocked.Exchange(ref _requests, 0);
        Interlocked.Exchange(ref _bytesSent, 0);
    }

    public async ValueTask DisposeAsync()
    {
        // Requests that hang on purpose are not waited for.
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task ServeAsync(HttpContext context)
    {
        Interlocked.Increment(ref _requests);
        try
        {
            // Small as they are, requests are read first, so that what they ask for can decide on the fault.
            using var request = new MemoryStream();
            await context.Request.Body.CopyToAsync(request, context.RequestAborted);
            request.Position = 0;
            context.Request.Body = request;
            var stage = StageOf(context.Request, request);
            context.Items[typeof(RequestStage)] = stage;
            var fault = Fault(context.Request) is { } wanted && (wanted.At ?? stage) == stage ? wanted : new RequestFault();
            if (fault.HangBeforeResponse)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
            }

            if (await RefusesAsync(context, fault))
            {
                return;
            }

            if (fault.BreakReused && !_connections.TryAdd(context.Connection.Id, default))
            {
                context.Abort();
                return;
            }

            if (await RefusesCapabilitiesAsync(context, fault, request))
            {
                return;
            }

            await using var body = new FaultyBody(context, fault, sent => Interlocked.Add(ref _bytesSent, sent));
            if (fault.Body is { } text)
            {
                await RespondAsync(context, fault, text, body);
                return;
            }

            if (stage == RequestStage.InfoRefs && fault.ChangesCapabilities)
            {
                using var advertisement = new MemoryStream();
                await _backend.ServeAsync(
                    context,
                    fault.OldProtocol,
                    (piece, token) => advertisement.WriteAsync(piece, token).AsTask(),
                    context.RequestAborted
                );
                var whole = advertisement.GetBuffer().AsSpan(0, (int)advertisement.Length);
                await body.WriteAsync(Capabilities.Only(whole, fault.Has), context.RequestAborted);
                return;
            }

            await _backend.ServeAsync(context, fault.OldProtocol, body.WriteAsync, context.RequestAborted);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested)
        {
            // The client left.
        }
    }

    /// <summary>Which of a clone's requests this is, for <see cref="Fault"/>.</summary>
    public static RequestStage StageOf(HttpRequest request) => (RequestStage)request.HttpContext.Items[typeof(RequestStage)]!;

    private static RequestStage StageOf(HttpRequest request, MemoryStream body) =>
        request.Method == "GET" ? RequestStage.InfoRefs
        : body.GetBuffer().AsSpan(0, (int)body.Length).IndexOf("command=ls-refs"u8) >= 0 ? RequestStage.ListRefs
        : RequestStage.Fetch;

    private static async Task RespondAsync(HttpContext context, RequestFault fault, string text, FaultyBody body)
    {
        context.Response.ContentType = fault.ContentType
            ?? (
                StageOf(context.Request) == RequestStage.InfoRefs
                    ? "application/x-git-upload-pack-advertisement"
                    : "application/x-git-upload-pack-result"
            );
        await body.WriteAsync(Encoding.Latin1.GetBytes(text), context.RequestAborted);
        if (fault.Endless is { } piece)
        {
            var pieces = Encoding.Latin1.GetBytes(string.Concat(Enumerable.Repeat(piece, 1 + (64 * 1024 / piece.Length))));
            while (true)
            {
                await body.WriteAsync(pieces, context.RequestAborted);
            }
        }
    }

    private static async Task<bool> RefusesCapabilitiesAsync(HttpContext context, RequestFault fault, MemoryStream request)
    {
        var stage = StageOf(context.Request);
        if (stage == RequestStage.InfoRefs || !fault.ChangesCapabilities)
        {
            return false;
        }

        var named = Capabilities.NamedBy(request.GetBuffer().AsSpan(0, (int)request.Length));
        if (!named.All(fault.Has))
        {
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            return true;
        }

        if (stage == RequestStage.Fetch && fault.Wants.Except(named).Any())
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await SayAsync(context, fault);
            return true;
        }

        return false;
    }

    private static async Task SayAsync(HttpContext context, RequestFault fault)
    {
        if (fault.Text is { } text)
        {
            context.Response.ContentType = "text/plain";
            await context.Response.WriteAsync(text, context.RequestAborted);
        }
    }

    private async Task<bool> RefusesAsync(HttpContext context, RequestFault fault)
    {
        var response = context.Response;
        if (fault.RedirectTo is { } target)
        {
            response.StatusCode = fault.Status ?? StatusCodes.Status302Found;
            response.Headers.Location = target.IsAbsoluteUri ? target.AbsoluteUri : target.OriginalString;
            return true;
        }

        if (fault.Status is { } status)
        {
            response.StatusCode = status;
            if (fault.RetryAfter is { } wait)
            {
                response.Headers.RetryAfter = wait;
            }

            foreach (var (name, value) in fault.Headers)
            {
                response.Headers[name] = value;
            }

            await SayAsync(context, fault);
            return true;
        }

        if (Login(context.Request) is { } expected && context.Request.Headers.Authorization != expected)
        {
            response.StatusCode = 401;
            response.Headers.WWWAuthenticate = $"{expected.Split(' ')[0]} realm=\"git\"";
            return true;
        }

        return false;
    }
}

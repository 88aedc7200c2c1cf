using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace CodeRepoOperator.Machinery.Network;

/// <summary>
/// Imitates two of GitHub's end points, as its REST reference describes them, over TLS on loopback: <c>POST
/// /app/installations/{id}/access_tokens</c>, and the look-up of installations, <c>GET /orgs/{org}/installation</c> and <c>GET
/// /users/{user}/installation</c>. It is as strict as GitHub: the JWT must be signed by the App's key (RS256), issued in the past, and good
/// for 10 min at most.
/// </summary>
internal sealed class GitHubApiServer : IAsyncDisposable
{
    /// <summary>The App that it knows.</summary>
    public const string AppId = "12345";

    /// <summary>Its installation.</summary>
    public const string Installation = "678";

    private readonly WebApplication _app;
    private readonly RSA _key = RSA.Create(2048);
    private readonly TimeProvider _time;
    private int _issued;

    private GitHubApiServer(WebApplication app, TimeProvider time) => (_app, _time) = (app, time);

    /// <summary>For <c>githubAppBaseURL</c>: under a path, as GitHub Enterprise has it.</summary>
    public string Address => $"{_app.Urls.First()}/api/v3";

    /// <summary>For <c>githubAppPrivateKey</c>: PKCS #1, as GitHub writes it.</summary>
    public string Key => _key.ExportRSAPrivateKeyPem();

    /// <summary>The same as PKCS #8.</summary>
    public string Pkcs8Key => _key.ExportPkcs8PrivateKeyPem();

    /// <summary>All requests, as <c>POST /path</c>.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>The token that was issued last: the only one that is good.</summary>
    public string? Token { get; private set; }

    /// <summary>Who has the App installed: <c>orgs/team</c>, <c>users/joe</c>.</summary>
    public string Owner { get; set; } = "orgs/team";

    /// <summary>What goes wrong: a status and a body in place of the response; null: nothing.</summary>
    public (int Status, string Body)? Fault { get; set; }

    /// <summary>What its clock is ahead of ours.</summary>
    public TimeSpan Ahead { get; set; }

    /// <summary>How long a request takes before it is looked at.</summary>
    public Task Delay { get; set; } = Task.CompletedTask;

    public static async Task<GitHubApiServer> StartAsync(X509Certificate2 certificate, TimeProvider? time = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.UseHttps(certificate));
        });
        var app = builder.Build();
        var server = new GitHubApiServer(app, time ?? TimeProvider.System);
        app.Run(server.RespondAsync);
        await app.StartAsync();
        return server;
    }

    /// <summary>The token is good no more, as when the installation was removed and made again.</summary>
    public void Revoke() => Token = null;

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        _key.Dispose();
    }

    private async Task RespondAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        Requests.Enqueue($"{request.Method} {request.Path}");
        await Delay;
        var now = _time.GetUtcNow() + Ahead;
        response.Headers.Date = now.ToString("R", CultureInfo.InvariantCulture);
        if (Fault is { } fault)
        {
            response.StatusCode = fault.Status;
            response.Headers.Location = fault.Status is >= 300 and < 400 ? "https://example.com/" : default;
            await response.WriteAsync(fault.Body);
            return;
        }

        if (Problem(request.Headers.Authorization.ToString(), now) is { } problem)
        {
            response.StatusCode = StatusCodes.Status401Unauthorized;
            await response.WriteAsJsonAsync(new { message = problem, status = "401" });
            return;
        }

        // GitHub refuses (403) whoever does not say what they are.
        if (request.Headers.UserAgent.Count == 0 || request.Headers.Accept != "application/vnd.github+json")
        {
            response.StatusCode = StatusCodes.Status403Forbidden;
        }
        else if (request.Method == "GET" && request.Path == $"/api/v3/{Owner}/installation")
        {
            await response.WriteAsJsonAsync(
                new
                {
                    id = int.Parse(Installation, CultureInfo.InvariantCulture),
                    app_id = 12345,
                    account = new { login = Owner.Split('/')[1] },
                }
            );
        }
        else if (request.Method == "POST" && request.Path == $"/api/v3/app/installations/{Installation}/access_tokens")
        {
            await IssueAsync(context, now);
        }
        else
        {
            response.StatusCode = StatusCodes.Status404NotFound;
            await response.WriteAsJsonAsync(new { message = "Not Found", status = "404" });
        }
    }

    private async Task IssueAsync(HttpContext context, DateTimeOffset now)
    {
        using var asked = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        Token = $"ghs_{Interlocked.Increment(ref _issued)}{Guid.NewGuid():n}";
        context.Response.StatusCode = StatusCodes.Status201Created;
        await context.Response.WriteAsJsonAsync(
            new
            {
                token = Token,
                expires_at = now.AddHours(1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
                permissions = asked.RootElement.GetProperty("permissions").Clone(),
                repository_selection = "all",
            }
        );
    }

    /// <returns>What GitHub says of a JWT that it does not accept; null: it is good.</returns>
    private string? Problem(string authorization, DateTimeOffset now)
    {
        if (
            !authorization.StartsWith("Bearer ", StringComparison.Ordinal)
            || authorization[7..].Split('.') is not [var header, var claims, var signature]
        )
        {
            return "A JSON web token could not be decoded";
        }

        using var head = JsonDocument.Parse(Base64Url.DecodeFromChars(header));
        using var body = JsonDocument.Parse(Base64Url.DecodeFromChars(claims));
        var (issued, expires) = (body.RootElement.GetProperty("iat").GetInt64(), body.RootElement.GetProperty("exp").GetInt64());
        return head.RootElement.GetProperty("alg").GetString() != "RS256"
            || body.RootElement.GetProperty("iss").GetString() != AppId
            || !_key.VerifyData(
                Encoding.ASCII.GetBytes($"{header}.{claims}"),
                Base64Url.DecodeFromChars(signature),
                HashAlgorithmName.SHA256,
                RSASignaturePadding.Pkcs1
            )
                ? "A JSON web token could not be decoded"
            : issued > now.ToUnixTimeSeconds()
                ? "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
            : expires <= now.ToUnixTimeSeconds()
                ? "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires"
            : expires - now.ToUnixTimeSeconds() > 600 ? "'Expiration time' claim ('exp') is too far in the future"
            : null;
    }
}

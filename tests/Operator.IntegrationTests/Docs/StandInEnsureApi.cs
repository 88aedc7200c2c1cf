using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace CodeRepoOperator.Docs;

/// <summary>Responses an example in the place of the operator's Ensure API.</summary>
internal sealed class StandInEnsureApi : IAsyncDisposable
{
    private readonly WebApplication _app;

    private StandInEnsureApi(WebApplication app) => _app = app;

    /// <summary>Where it listens.</summary>
    public string Url => _app.Urls.Single();

    /// <param name="response">What it responds to a request.</param>
    public static async Task<StandInEnsureApi> StartAsync(Func<HttpRequest, Task<EnsureResponse>> response)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(async context =>
        {
            var given = await response(context.Request);
            context.Response.StatusCode = given.Status;
            context.Response.Headers.RetryAfter = given.RetryAfter?.ToString(CultureInfo.InvariantCulture);
            await context.Response.WriteAsync(given.Body, context.RequestAborted);
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new StandInEnsureApi(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}

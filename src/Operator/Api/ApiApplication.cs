using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http.Features;

namespace CodeRepoOperator.Api;

/// <summary>
/// Takes requests from the server to the endpoints, and nothing else: no trace, no scope, no measuring of its own for each.
/// </summary>
internal sealed class ApiApplication(RequestDelegate endpoints, IServiceScopeFactory scopes) : IHttpApplication<HttpContext>
{
    /// <inheritdoc />
    public HttpContext CreateContext(IFeatureCollection contextFeatures)
    {
        // One for all requests of a connection, one after the other.
        if (contextFeatures is IHostContextContainer<HttpContext> { HostContext: DefaultHttpContext kept })
        {
            kept.Initialize(contextFeatures);
            return kept;
        }

        var context = new DefaultHttpContext(contextFeatures) { ServiceScopeFactory = scopes };
        if (contextFeatures is IHostContextContainer<HttpContext> container)
        {
            container.HostContext = context;
        }

        return context;
    }

    /// <inheritdoc />
    public Task ProcessRequestAsync(HttpContext context) => endpoints(context);

    /// <inheritdoc />
    public void DisposeContext(HttpContext context, Exception? exception)
    {
        var own = (DefaultHttpContext)context;
        own.Uninitialize();
    }
}

using CodeRepoOperator.Api.Responses;
using CodeRepoOperator.Api.Serving;
using CodeRepoOperator.Runtime.Serving;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http.Features;

namespace CodeRepoOperator.Api;

/// <summary>Takes requests from the server to the endpoints, and nothing else: no trace, no scope, no measuring of its own for each.</summary>
internal sealed class ApiApplication(RequestDelegate endpoints, IServiceScopeFactory scopes, ILogger log) : IHttpApplication<HttpContext>
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
    public async Task ProcessRequestAsync(HttpContext context)
    {
        var place = context.Features.Get<ConnectionPlace>();
        place?.BeginRequest();
        try
        {
            await endpoints(context);
        }
        catch (Exception error) when (context.RequestAborted.IsCancellationRequested && error is OperationCanceledException or IOException)
        {
            // The caller has hung up.
        }
        catch (BadHttpRequestException error)
        {
            await TellAsync(context, EnsureProblem.Invalid(error.Message) with { Status = error.StatusCode });
        }
        catch (Exception error)
        {
            log.RequestFailed(context.Request.Method, error);
            await TellAsync(context, new EnsureProblem(
                StatusCodes.Status500InternalServerError, ApiReasons.InternalError, "The operator has met a bug; its log says more."));
        }
        finally
        {
            place?.EndRequest();
        }
    }

    /// <inheritdoc />
    public void DisposeContext(HttpContext context, Exception? exception)
    {
        var own = (DefaultHttpContext)context;
        own.Uninitialize();
    }

    /// <summary>What has begun to be answered can't be answered otherwise: the connection ends in the middle of it.</summary>
    private static Task TellAsync(HttpContext context, EnsureProblem problem)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return Task.CompletedTask;
        }

        context.Response.Clear();
        return problem.WriteAsync(context);
    }
}

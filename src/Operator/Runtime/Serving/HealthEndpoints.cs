using CodeRepoOperator.Runtime.Looping;
using CodeRepoOperator.Runtime.Reconciling;
using k8s;
using k8s.Models;
using Prometheus;

namespace CodeRepoOperator.Runtime.Serving;

/// <summary>What a cluster and Prometheus ask the operator for.</summary>
internal static class HealthEndpoints
{
    /// <summary>
    /// <c>/healthz</c> fails only when a worker or a loop is stuck: an API server or remote that is away is no reason to end running
    /// clones. <c>/readyz</c> says what is missing.
    /// </summary>
    public static void MapHealthAndMetrics<TEntity>(this IEndpointRouteBuilder endpoints)
        where TEntity : class, IKubernetesObject<V1ObjectMeta>
    {
        var running = endpoints.ServiceProvider.GetRequiredService<RunningReconciles<TEntity>>();
        var checks = endpoints.ServiceProvider.GetServices<IReadinessCheck>().ToList();
        var loops = endpoints.ServiceProvider.GetRequiredService<LoopSupervisor>();
        endpoints.MapGet("/healthz", context => RespondAsync(context, running.IsWedged ? "a worker hangs" : loops.LogStuck()));
        endpoints.MapGet("/readyz", context =>
        {
            var missing = checks.Select(check => check.Missing).OfType<string>().ToList();
            return RespondAsync(context, missing.Count > 0 ? $"not ready: {string.Join("; ", missing)}" : null);
        });
        endpoints.MapMetrics("/metrics", endpoints.ServiceProvider.GetRequiredService<CollectorRegistry>());
    }

    /// <summary>Has connections known whose requests are being responded to, so that others make room first.</summary>
    public static void UseConnectionPlaces(this IApplicationBuilder app) =>
        app.Use(next =>
            async context =>
            {
                var place = context.Features.Get<ConnectionPlace>();
                place?.BeginRequest();
                try
                {
                    await next(context);
                }
                finally
                {
                    place?.EndRequest();
                }
            }
        );

    /// <summary>
    /// Written by hand: the framework would compile code for each handler that returns a result, at start, when there is least time for it.
    /// </summary>
    private static Task RespondAsync(HttpContext context, string? problem)
    {
        context.Response.StatusCode = problem is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync((problem ?? "ok") + '\n', context.RequestAborted);
    }
}

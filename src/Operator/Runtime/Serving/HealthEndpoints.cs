using CodeRepoOperator.Runtime.Reconciling;
using k8s;
using k8s.Models;
using Prometheus;

namespace CodeRepoOperator.Runtime.Serving;

/// <summary>What a cluster and Prometheus ask the operator for.</summary>
internal static class HealthEndpoints
{
    /// <summary>
    /// <c>/healthz</c> fails only when a worker is wedged: an API server or remote that is away is no reason to end running
    /// clones. <c>/readyz</c> says what is missing.
    /// </summary>
    public static void MapHealthAndMetrics<TEntity>(this IEndpointRouteBuilder endpoints)
        where TEntity : class, IKubernetesObject<V1ObjectMeta>
    {
        endpoints.MapGet("/healthz", (ControllerWorker<TEntity> worker) => worker.IsWedged
            ? Results.Text("a worker hangs\n", statusCode: StatusCodes.Status503ServiceUnavailable)
            : Results.Text("ok\n"));
        endpoints.MapGet("/readyz", (IEnumerable<IReadinessCheck> checks) =>
        {
            var missing = checks.Select(check => check.Missing).OfType<string>().ToList();
            return missing.Count > 0
                ? Results.Text($"not ready: {string.Join("; ", missing)}\n", statusCode: StatusCodes.Status503ServiceUnavailable)
                : Results.Text("ok\n");
        });
        endpoints.MapMetrics("/metrics", endpoints.ServiceProvider.GetRequiredService<CollectorRegistry>());
    }
}

using CodeRepoOperator.Api.Archives;
using CodeRepoOperator.Api.Ensure;
using CodeRepoOperator.Api.Serving;
using CodeRepoOperator.Api.Watching;
using CodeRepoOperator.Api.Webhooks;

namespace CodeRepoOperator.Api;

/// <summary>
/// What the API responds. Handlers are written by hand: the framework would compile code for others at start, when there is least time for
/// it.
/// </summary>
internal static class ApiEndpoints
{
    public static void MapEnsureApi(this IEndpointRouteBuilder endpoints, IServiceProvider services)
    {
        endpoints.MapGet(ApiDescription.Path, ApiDescription.RespondAsync);
        endpoints.MapPost($"{RepoRoute.Pattern}/ensure", services.GetRequiredService<EnsureEndpoint>().RespondAsync);
        var archives = services.GetRequiredService<ArchiveEndpoint>();
        endpoints.MapMethods($"{RepoRoute.Pattern}/archive.tar.gz", [HttpMethods.Get, HttpMethods.Head], archives.RespondAsync);
        endpoints.MapGet($"{RepoRoute.Pattern}/watch", services.GetRequiredService<WatchEndpoint>().RespondAsync);
        endpoints.MapPost(HookEndpoint.Pattern, services.GetRequiredService<HookEndpoint>().RespondAsync);
    }
}

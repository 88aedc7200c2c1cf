using CodeRepoOperator.Api.Archives;
using CodeRepoOperator.Api.Ensure;
using CodeRepoOperator.Api.Serving;
using CodeRepoOperator.Api.Webhooks;

namespace CodeRepoOperator.Api;

/// <summary>What the API answers. Handlers are written by hand: the framework would compile code for others at start, when there is least time for it.</summary>
internal static class ApiEndpoints
{
    /// <summary>Maps all of them.</summary>
    public static void MapEnsureApi(this IEndpointRouteBuilder endpoints)
    {
        var services = endpoints.ServiceProvider;
        endpoints.MapGet(ApiDescription.Path, ApiDescription.AnswerAsync);
        endpoints.MapPost($"{RepoRoute.Pattern}/ensure", services.GetRequiredService<EnsureEndpoint>().AnswerAsync);
        var archives = services.GetRequiredService<ArchiveEndpoint>();
        endpoints.MapMethods($"{RepoRoute.Pattern}/archive.tar.gz", [HttpMethods.Get, HttpMethods.Head], archives.AnswerAsync);
        endpoints.MapPost(HookEndpoint.Pattern, services.GetRequiredService<HookEndpoint>().AnswerAsync);
    }
}

namespace CodeRepoOperator.EnsureApi;

/// <summary>What the API answers. Handlers are written by hand: the framework would compile code for others at start, when there is least time for it.</summary>
internal static class ApiEndpoints
{
    /// <summary>Maps all of them.</summary>
    public static void MapEnsureApi(this IEndpointRouteBuilder endpoints)
    {
        var services = endpoints.ServiceProvider;
        endpoints.MapGet(ApiDescription.Path, ApiDescription.AnswerAsync);
        endpoints.MapPost($"{RepoRoute.Pattern}/ensure", services.GetRequiredService<EnsureEndpoint>().AnswerAsync);
    }
}

using CodeRepoOperator.Runtime;

namespace CodeRepoOperator.EnsureApi;

/// <summary>Registers this folder.</summary>
internal static class ApiServices
{
    /// <summary>Registers the API; it begins to listen last, and ends first.</summary>
    public static IServiceCollection AddEnsureApi(this IServiceCollection services)
    {
        services.AddSettings<ApiOptions>(ApiOptions.Section);
        services.AddSingleton<EnsureApiMetrics>();
        services.AddSingleton<CallerReviews>();
        services.AddSingleton<CallerAuthorizer>();
        services.AddSingleton<EnsureEndpoint>();
        services.AddHostedSingleton<ApiServer>();
        return services;
    }
}

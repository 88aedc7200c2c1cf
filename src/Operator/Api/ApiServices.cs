using CodeRepoOperator.Api.Archives;
using CodeRepoOperator.Api.Callers;
using CodeRepoOperator.Api.Ensure;
using CodeRepoOperator.Api.Serving;
using CodeRepoOperator.Api.Watching;
using CodeRepoOperator.Api.Webhooks;
using CodeRepoOperator.Runtime;
using CodeRepoOperator.Runtime.Serving;

namespace CodeRepoOperator.Api;

internal static class ApiServices
{
    /// <summary>Registers the API; it begins to listen last, and ends first.</summary>
    public static IServiceCollection AddEnsureApi(this IServiceCollection services)
    {
        services.AddSettings<ApiOptions>(ApiOptions.Section);
        services.AddSingleton<EnsureApiMetrics>();
        services.AddSingleton<CallerReviews>();
        services.AddSingleton<CallerAuthorizer>();
        services.AddSingleton<CloneRequests>();
        services.AddSingleton<EnsureResponses>();
        services.AddSingleton<EnsureEndpoint>();
        services.AddSingleton<ArchiveMetrics>();
        services.AddSingleton<ArchiveSlots>();
        services.AddSingleton<ArchiveSender>();
        services.AddSingleton<ArchiveEndpoint>();
        services.AddSingleton<CloneWatches>();
        services.AddSingleton<WatchMetrics>();
        services.AddSingleton<WatchEndpoint>();
        services.AddSettings<HookOptions>(HookOptions.Section);
        services.AddSingleton<HookSecrets>();
        services.AddSingleton<HookMetrics>();
        services.AddSingleton<HookEndpoint>();
        services.AddHostedSingleton<ApiServer>();
        services.AddSingleton<IReadinessCheck>(provider => provider.GetRequiredService<ApiServer>());
        return services;
    }
}

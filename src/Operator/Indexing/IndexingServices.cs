using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Runtime;

namespace CodeRepoOperator.Indexing;

/// <summary>Registers this folder.</summary>
internal static class IndexingServices
{
    /// <summary>Registers the settings and the way to the database: what each command of this folder needs.</summary>
    public static IServiceCollection AddIndexingDatabase(this IServiceCollection services)
    {
        services.AddSettings<IndexingOptions>(IndexingOptions.Section);
        return services.AddSingleton<IndexingDatabase>();
    }

    /// <summary>Registers the recovery of stuck rows.</summary>
    public static IServiceCollection AddIndexing(this IServiceCollection services)
    {
        services.AddIndexingDatabase();
        return services;
    }
}

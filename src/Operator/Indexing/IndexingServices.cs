using CodeRepoOperator.Indexing.Sweeping;
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

    /// <summary>Registers a sweep, but for the CodeRepos that it has to do with and what makes metrics.</summary>
    public static IServiceCollection AddSweep(this IServiceCollection services)
    {
        services.AddIndexingDatabase();
        services.AddSingleton<IndexingMetrics>();
        services.AddSingleton<IndexingReport>();
        services.AddSingleton<TargetSweeper>();
        return services.AddSingleton<SweepRound>();
    }

    /// <summary>Registers the recovery of stuck rows.</summary>
    public static IServiceCollection AddIndexing(this IServiceCollection services)
    {
        services.AddSweep();
        services.AddSingleton<ICodeRepoRows, NoCodeRepos>();
        services.AddHostedSingleton<StuckIndexingSweeper>();
        return services;
    }
}

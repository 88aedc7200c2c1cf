using CodeRepoOperator.Entities;
using CodeRepoOperator.Hosting;
using CodeRepoOperator.Indexing.CodeRepos;
using CodeRepoOperator.Indexing.Declaring;
using CodeRepoOperator.Indexing.Pods;
using CodeRepoOperator.Indexing.Sweeping;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Runtime;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Settings;
using CodeRepoOperator.Runtime.Watching;
using k8s.Exceptions;
using k8s.Models;
using Microsoft.Extensions.Options;
using Prometheus;
using YamlDotNet.Core;

namespace CodeRepoOperator.Indexing;

internal static class IndexingServices
{
    /// <summary>Registers the settings and the way to the database: what each command of this directory needs.</summary>
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
        services.AddSingleton<SweepReporter>();
        services.AddSingleton<SweepRequests>();
        return services.AddSingleton<Sweeper>();
    }

    /// <summary>Registers the CodeRepos of a cluster, for a command that asks the API server itself.</summary>
    public static IServiceCollection AddCodeRepoReader(this IServiceCollection services)
    {
        services.AddSettings<RuntimeOptions>(RuntimeOptions.Section);
        services.AddApiClient(Product.Names);
        return services.AddSingleton(provider => new EntityReader<CodeRepo>(OrSetup(provider.GetRequiredService<ApiClient>)));
    }

    /// <summary>Registers what a sweep that runs once has to do with CodeRepos: with none where no cluster is configured.</summary>
    public static IServiceCollection AddListedCodeRepos(this IServiceCollection services)
    {
        services.AddSingleton<IRowHolders, NoRowHolders>();
        services.AddCodeRepoReader().AddSingleton<NoCodeRepos>().AddSingleton<ListedCodeRepos>();
        return services.AddSingleton<ICodeRepos>(provider =>
            ClusterEnvironment.NamesCluster(provider.GetRequiredService<IConfiguration>())
                ? provider.GetRequiredService<ListedCodeRepos>()
                : provider.GetRequiredService<NoCodeRepos>()
        );
    }

    /// <summary>Registers the recovery of stuck rows.</summary>
    public static IServiceCollection AddIndexing(this IServiceCollection services)
    {
        services.AddSweep();
        services.AddSingleton<IndexingReporter>();
        services.AddSingleton<ICodeRepos, WatchedCodeRepos>();
        services.AddSingleton<LocalPathWriter>();
        services.AddPods();
        services.AddDeclaring();
        services.AddHostedSingleton<StuckIndexingSweeper>();
        services.AddHostedSingleton<LocalPathKeeper>();
        services.AddHostedSingleton<IndexingStatusRemoval>();
        return services;
    }

    /// <summary>Registers the keeping of CodeRepos that rows declare.</summary>
    private static void AddDeclaring(this IServiceCollection services)
    {
        services.AddSingleton<IValidateOptions<IndexingOptions>, DeclareNamespaceCheck>();
        services.AddSingleton<DeclaringMetrics>();
        services.AddSingleton<RowNotices>();
        services.AddSingleton<DeclaredTable>();
        services.AddSingleton<DeclaredRepoWriter>();
        services.AddSingleton<DeclaredRepos>();
        services.AddSingleton<DeclarationRound>();
        services.AddHostedSingleton<DeclarationKeeper>();
        services.AddHostedSingleton<RowListener>();
    }

    /// <summary>Registers the pods that hold rows.</summary>
    private static void AddPods(this IServiceCollection services)
    {
        services.AddSingleton<EntityReader<V1Pod>>(provider => new PodReader(provider.GetRequiredService<ApiClient>())
        {
            LabelSelector = provider.GetRequiredService<IOptions<IndexingOptions>>().Value.PodSelector,
        });
        services.AddSingleton(_ => new EntityCache<V1Pod> { StatusDiffers = PodReader.StatusDiffers });
        services.AddSingleton<Reflector<V1Pod>>();
        services.AddSingleton<PodKnowledge>();
        services.AddSingleton<PodsMetrics>();
        services.AddSingleton<IRowHolders, IndexerPods>();
        services.AddHostedSingleton<PodWatch>();
    }

    /// <summary>Lets each scrape see whether the pods that may hold rows are known.</summary>
    public static void ObservePodsAtScrape(this IServiceProvider provider)
    {
        var knowledge = provider.GetRequiredService<PodKnowledge>();
        var metrics = provider.GetRequiredService<PodsMetrics>();
        provider.GetRequiredService<CollectorRegistry>().AddBeforeCollectCallback(() => metrics.Observe(knowledge.IsWhole));
    }

    /// <summary>The namespace where none is named.</summary>
    internal static string DefaultNamespace() => OrSetup(ClusterConfiguration.ReadNamespace);

    private static T OrSetup<T>(Func<T> connect)
    {
        try
        {
            return connect();
        }
        catch (Exception error) when (error is KubeConfigException or YamlException or IOException)
        {
            throw new SetupException(
                $"There is no way to the API server ({error.GetBaseException().Message.TrimEnd('.')}): {ClusterEnvironment.Remedy}.",
                error
            );
        }
    }
}

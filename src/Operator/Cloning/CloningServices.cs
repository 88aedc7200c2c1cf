using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Consolidating;
using CodeRepoOperator.Cloning.Credentials;
using CodeRepoOperator.Cloning.Healing;
using CodeRepoOperator.Cloning.Inspecting;
using CodeRepoOperator.Cloning.Making;
using CodeRepoOperator.Cloning.Monitoring;
using CodeRepoOperator.Cloning.Reporting;
using CodeRepoOperator.Cloning.Scheduling;
using CodeRepoOperator.Cloning.Store;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Runtime;
using CodeRepoOperator.Runtime.Leasing;
using CodeRepoOperator.Runtime.Queueing;
using CodeRepoOperator.Runtime.Serving;
using CodeRepoOperator.Runtime.Watching;
using Microsoft.Extensions.Options;
using Prometheus;

namespace CodeRepoOperator.Cloning;

internal static class CloningServices
{
    /// <summary>Registers the clones of CodeRepos and the controller that keeps them.</summary>
    public static IServiceCollection AddCloning(this IServiceCollection services)
    {
        services.AddSettings<StoreOptions>(StoreOptions.Section);
        services.AddGitRemote();
        services.AddSingleton<CloningMetrics>();
        services.AddStore();
        services.AddMaking();
        services.AddScheduling();
        services.AddHealing();
        services.AddConsolidating();
        services.AddReporting();
        services.AddSingleton<DesiredClones>();
        services.AddSingleton<CloneKeeper>();
        services.AddSingleton<RetryDelay>();
        services.AddSingleton<OutcomeReporter>();
        services.AddSingleton<CloneFinder>();
        services.AddSingleton<CloneProvider>();
        services.AddSingleton<PushReceiver>();
        services.AddController<CodeRepo, CodeRepoController, CodeRepoFinalizer>(CodeRepo.CloneFinalizer);
        services.AddSingleton(_ => new EntityCache<CodeRepo> { Share = CodeRepoTexts.Share });
        return services;
    }

    private static void AddStore(this IServiceCollection services)
    {
        services.AddSingleton(provider =>
        {
            var store = provider.GetRequiredService<IOptions<StoreOptions>>().Value;
            return new LeaseName(store.Namespace, store.Claim);
        });
        services.AddSingleton<ILease>(provider => provider.GetRequiredService<LeaseHolder>());
        services.AddSingleton<StoreLayout>();
        services.AddHostedSingleton<StoreOwner>();
        services.AddSingleton<IReadinessCheck>(provider => provider.GetRequiredService<StoreOwner>());
        services.AddHostedSingleton<Trash>();
        services.AddSingleton<StoreUsage>();
        services.AddSingleton<Publisher>();
        services.AddSingleton<KnownDamage>();
        services.AddSingleton<CloneInspector>();
        services.AddSingleton<CloneStore>();
        services.AddSingleton<CloneRecovery>();
    }

    private static void AddMaking(this IServiceCollection services)
    {
        services.AddSingleton<GitHubAppTokens>();
        services.AddSingleton<CredentialSource>();
        services.AddSingleton<RefusedCredentials>();
        services.AddSingleton<OriginCredentials>();
        services.AddSingleton<HostShares>();
        services.AddSingleton<CloneSlots>();
        services.AddSingleton<CloneTimeout>();
        services.AddSingleton<HostBudgets>();
        services.AddSingleton<RemoteHeads>();
        services.AddSingleton<RemotePoll>();
        services.AddSingleton<FailedUpdates>();
        services.AddSingleton<StagingArea>();
        services.AddSingleton<SubmoduleLanes>();
        services.AddSingleton<SubmoduleRemote>();
        services.AddSingleton<SubmoduleBuilder>();
        services.AddSingleton<LfsRemote>();
        services.AddSingleton<LfsBuilder>();
        services.AddSingleton<CloneFetcher>();
        services.AddSingleton<CloneBuilder>();
        services.AddSingleton<ClonePipeline>();
        services.AddSingleton<FirstClones>();
        services.AddSingleton<AttemptReporter>();
        services.AddSingleton<CloneMaker>();
    }

    private static void AddScheduling(this IServiceCollection services)
    {
        services.AddSingleton<LostClones>();
        services.AddSingleton<CloneDemand>();
        services.AddSingleton<IRetryObserver<CodeRepo>>(provider => provider.GetRequiredService<CloneDemand>());
        services.AddSingleton<PutOffPolls>();
        services.AddSingleton<PollSchedule>();
        services.AddSingleton<IQueueOrder<CodeRepo>, CodeRepoOrder>();
    }

    private static void AddReporting(this IServiceCollection services)
    {
        services.AddSingleton<CodeRepoStatusWriter>();
        services.AddSingleton<CodeRepoEvents>();
        services.AddSingleton<CodeRepoReporter>();
    }

    private static void AddHealing(this IServiceCollection services)
    {
        services.AddSingleton<VerifyTimer>();
        services.AddSingleton(provider => new CloneLooks(
            provider.GetRequiredService<CloneInspector>().Look,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<CloneLooks>>()
        ));
        services.AddSingleton<StoreReturn>();
        services.AddHostedSingleton<CloneVerifier>();
        services.AddHostedSingleton<QuotaRetry>();
        services.AddSingleton<OrphanFinder>();
        services.AddSingleton<OrphanRemover>();
        services.AddHostedSingleton<OrphanCollector>();
        services.AddSingleton<DamageReport>();
        services.AddSingleton<DeepCheckSchedule>();
        services.AddSingleton<DeepCheck>();
        services.AddSingleton<DeepCheckReporter>();
        services.AddHostedSingleton<DeepVerifier>();
    }

    private static void AddConsolidating(this IServiceCollection services)
    {
        services.AddSingleton<DueClones>();
        services.AddSingleton<ConsolidationSchedule>();
        services.AddSingleton<Consolidation>();
        services.AddSingleton<SpareTime>();
        services.AddSingleton<ConsolidationReporter>();
        services.AddHostedSingleton<CloneConsolidator>();
    }

    private static VolumeSpace? VolumeAt(string root)
    {
        try
        {
            return VolumeSpace.Of(root);
        }
        catch (IOException)
        {
            // It is not there, or can't be looked at: the figures stay as they were.
            return null;
        }
    }

    /// <summary>Lets each scrape see how repos and volume stand.</summary>
    public static void ObserveClonesAtScrape(this IServiceProvider provider)
    {
        var codeRepos = provider.GetRequiredService<EntityCache<CodeRepo>>();
        var layout = provider.GetRequiredService<StoreLayout>();
        var metrics = provider.GetRequiredService<CloningMetrics>();
        var damage = provider.GetRequiredService<KnownDamage>();

        // Those that have nothing put off are 0, not missing.
        foreach (var budget in provider.GetRequiredService<IOptions<GitOptions>>().Value.HostBudgets)
        {
            metrics.PutOff(budget.Host, 0);
        }

        provider
            .GetRequiredService<CollectorRegistry>()
            .AddBeforeCollectCallback(() =>
            {
                metrics.Observe([.. codeRepos.Entities], VolumeAt(layout.Root));
                metrics.Unverifiable(damage.Unverifiable);
            });
    }
}

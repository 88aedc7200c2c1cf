using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Leasing;
using CodeRepoOperator.Runtime.Looping;
using CodeRepoOperator.Runtime.Monitoring;
using CodeRepoOperator.Runtime.Queueing;
using CodeRepoOperator.Runtime.Reconciling;
using CodeRepoOperator.Runtime.Reporting;
using CodeRepoOperator.Runtime.Serving;
using CodeRepoOperator.Runtime.Settings;
using CodeRepoOperator.Runtime.Watching;
using CodeRepoOperator.Timing;
using k8s;
using k8s.Models;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Prometheus;

namespace CodeRepoOperator.Runtime;

/// <summary>Registers the runtime.</summary>
internal static class RuntimeServices
{
    /// <summary>Registers what all controllers share.</summary>
    public static IServiceCollection AddRuntime(this IServiceCollection services, RuntimeNames names)
    {
        services.AddSettings<RuntimeOptions>(RuntimeOptions.Section);
        services.AddSettings<ServingOptions>(ServingOptions.Section);
        services.AddSingleton<TimeProvider>(BootClock.Instance);
        services.AddSingleton(_ => new Backoff(Random.Shared));
        services.AddSingleton(_ => Metrics.NewCustomRegistry());
        services.AddSingleton<IMetricFactory>(provider => Metrics.WithCustomRegistry(provider.GetRequiredService<CollectorRegistry>()));
        services.AddSingleton(names);
        services.AddSingleton<RuntimeMetrics>();
        services.AddSingleton<LoopSupervisor>();
        services.AddSingleton(provider =>
            ConnectionGuard.OfServing(
                provider.GetRequiredService<IOptions<ServingOptions>>().Value.MaxConnections,
                provider.GetRequiredService<RuntimeMetrics>()
            )
        );

        // The last one is the server's.
        services.AddSingleton<IConnectionListenerFactory>(provider => new GuardedTransport(
            provider.GetRequiredService<ConnectionGuard>,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILoggerFactory>()
        ));
        services.AddSingleton<ServerFactory>();
        services.AddSingleton(provider => new EventBudget(EventBudget.Refill, provider.GetRequiredService<TimeProvider>()));
        services.AddApiClient(names);
        services.AddSingleton<EventFactory>();
        services.AddSingleton<EventPublisher>();
        services.AddHostedSingleton<LeaseHolder>();
        return services;
    }

    /// <summary>Registers the way to the API server; it is looked for when it is first asked for.</summary>
    public static IServiceCollection AddApiClient(this IServiceCollection services, RuntimeNames names)
    {
        services.AddSingleton(provider => Connect(names, provider.GetRequiredService<TimeProvider>()));
        return services.AddSingleton<IKubernetes>(provider => provider.GetRequiredService<ApiClient>());
    }

    /// <summary>Registers a controller, its finalizer, and all that drives them.</summary>
    public static IServiceCollection AddController<TEntity, TController, TFinalizer>(this IServiceCollection services, string finalizer)
        where TEntity : class, IKubernetesObject<V1ObjectMeta>
        where TController : class, IEntityController<TEntity>
        where TFinalizer : class, IEntityFinalizer<TEntity>
    {
        services.AddSingleton(new FinalizerName<TEntity>(finalizer));
        services.AddSingleton<EntityReader<TEntity>>();
        services.AddSingleton<EntityCache<TEntity>>();
        services.AddSingleton<Reflector<TEntity>>();
        services.AddSingleton<WorkQueue<TEntity>>();
        services.AddSingleton<FinalizerKeeper<TEntity>>();
        services.AddSingleton<StatusWriter<TEntity>>();
        services.AddSingleton<IEntityController<TEntity>, TController>();
        services.AddSingleton<IEntityFinalizer<TEntity>, TFinalizer>();
        services.AddSingleton<EntityReconciler<TEntity>>();
        services.AddSingleton<ReconcileRunner<TEntity>>();
        services.AddSingleton<RunningReconciles<TEntity>>();
        services.AddSingleton<IReadinessCheck, ControllerReadiness<TEntity>>();

        // The worker subscribes to the informer before it starts to list; on stop the worker drains first.
        services.AddHostedSingleton<ControllerWorker<TEntity>>();
        services.AddHostedSingleton<Informer<TEntity>>();
        return services;
    }

    /// <summary>Registers a section of the settings, checked at start.</summary>
    public static IServiceCollection AddSettings<TOptions>(this IServiceCollection services, string section)
        where TOptions : class, new()
    {
        services.AddOptions<TOptions>().ValidateOnStart();
        services.AddSingleton(new SettingsSection(section));
        services.AddSingleton(provider => new SettingsValidator<TOptions>(section, provider.GetRequiredService<IConfiguration>()));
        services.AddSingleton<IConfigureOptions<TOptions>>(provider => provider.GetRequiredService<SettingsValidator<TOptions>>());
        return services.AddSingleton<IValidateOptions<TOptions>>(provider => provider.GetRequiredService<SettingsValidator<TOptions>>());
    }

    /// <summary>Registers a loop that others also talk to.</summary>
    public static IServiceCollection AddHostedSingleton<TService>(this IServiceCollection services)
        where TService : class, IHostedService => services.AddSingleton<TService>().AddHostedService(Supervised<TService>);

    /// <summary>Lets each scrape see how queue, watch and lease stand.</summary>
    public static void ObserveAtScrape<TEntity>(this IServiceProvider provider)
        where TEntity : class, IKubernetesObject<V1ObjectMeta>
    {
        var queue = provider.GetRequiredService<WorkQueue<TEntity>>();
        var informer = provider.GetRequiredService<Informer<TEntity>>();
        var lease = provider.GetRequiredService<LeaseHolder>();
        var metrics = provider.GetRequiredService<RuntimeMetrics>();
        provider
            .GetRequiredService<CollectorRegistry>()
            .AddBeforeCollectCallback(() => metrics.Observe(queue.Depth, queue.OldestAge, informer.Age, lease.IsHeld));
        var serving = provider.GetRequiredService<ConnectionGuard>();
        provider
            .GetRequiredService<CollectorRegistry>()
            .AddBeforeCollectCallback(() =>
            {
                metrics.Descriptors(Descriptors.Open, Descriptors.Limit);
                serving.Observe();
            });
    }

    private static TService Supervised<TService>(IServiceProvider provider)
        where TService : class, IHostedService
    {
        var service = provider.GetRequiredService<TService>();
        if (service is SupervisedLoop loop && provider.GetService<LoopSupervisor>() is { } supervisor)
        {
            loop.SuperviseBy(supervisor);
        }

        return service;
    }

    private static ApiClient Connect(RuntimeNames names, TimeProvider time)
    {
        var configuration = ClusterConfiguration.Read();
        configuration.UserAgent = names.Controller.Replace('/', '-');
        return new ApiClient(configuration, time);
    }
}

using CodeRepoOperator.Cloning;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Making;
using CodeRepoOperator.Cloning.Store;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Hosting;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Runtime;
using CodeRepoOperator.Runtime.Leasing;
using CodeRepoOperator.Runtime.Watching;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Standalone;

/// <summary>
/// Makes a clone in this process, as the operator would: the same store, the same protocol, the same lock. What the operator knows of the
/// API server this one is given.
/// </summary>
internal static class StandaloneClone
{
    /// <summary>Makes it, where the volume may be written to and nobody else writes.</summary>
    /// <param name="repo">What is cloned. The API server need not know it.</param>
    /// <param name="store">Where the volume is mounted.</param>
    /// <param name="cancellationToken">Ends it; nothing of it is left in the clone's place then.</param>
    /// <returns>
    /// Its directory, or why it could not be made; <see cref="Reasons.StoreUnavailable"/>: the volume is not ours to write to.
    /// </returns>
    public static async Task<Attempt<string>> MakeAsync(CodeRepo repo, string store, CancellationToken cancellationToken)
    {
        await using var services = Services(repo, store);
        try
        {
            services.GetRequiredService<EntityCache<CodeRepo>>().Store(repo);
            var parsed = services.GetRequiredService<DesiredClones>().Of(repo);
            if (!parsed.Succeeded)
            {
                return parsed.Failure;
            }

            var made = await services.GetRequiredService<CloneMaker>().EnsureAsync(parsed.Value, cancellationToken);
            return made.Failure is { } failure ? failure : services.GetRequiredService<StoreLayout>().Clone(parsed.Value.Key);
        }
        catch (OptionsValidationException error)
        {
            return new CloneFailure(Reasons.InvalidSpec, string.Join(' ', error.Failures));
        }
    }

    private static ServiceProvider Services(CodeRepo repo, string store)
    {
        var configuration = new ConfigurationBuilder()
            .AddEnvironmentVariables()
            .AddInMemoryCollection(
                new Dictionary<string, string?>
                {
                    [$"{StoreOptions.Section}:{nameof(StoreOptions.Root)}"] = store,

                    // Only the operator reports these, to consumers.
                    [$"{StoreOptions.Section}:{nameof(StoreOptions.Claim)}"] = "mounted",
                    [$"{StoreOptions.Section}:{nameof(StoreOptions.Namespace)}"] = repo.Metadata.NamespaceProperty,
                }
            )
            .Build();
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(configuration);

        // The standard output is for the clone's directory, and a failure is reported at the end.
        services.AddLogging();
        services.AddRuntime(Product.Names);
        services.AddCloning();
        services.AddSingleton<ILease, StoreLockLease>();
        return services.BuildServiceProvider();
    }
}

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
using k8s.Models;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Ensuring;

/// <summary>
/// Makes a clone in this process, as the operator would: the same store, the same protocol, the same lock. What the operator knows of the
/// API server this one knows by its arguments.
/// </summary>
internal static class OwnClone
{
    /// <summary>Makes it, where the volume may be written to and nobody else writes.</summary>
    /// <param name="wanted">What is wanted, with where it is cloned from.</param>
    /// <param name="cancellationToken">Ends it; nothing of it is left in the clone's place then.</param>
    /// <returns>Its folder, or why it could not be made; <see cref="Reasons.StoreUnavailable"/>: the volume is not ours to write to.</returns>
    public static async Task<Attempt<string>> MakeAsync(EnsureArguments wanted, CancellationToken cancellationToken)
    {
        await using var services = Services(wanted);
        try
        {
            var repo = RepoOf(wanted);
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

    private static ServiceProvider Services(EnsureArguments wanted)
    {
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables().AddInMemoryCollection(new Dictionary<string, string?>
        {
            [$"{StoreOptions.Section}:{nameof(StoreOptions.Root)}"] = wanted.Store,

            // Told to consumers by the operator alone.
            [$"{StoreOptions.Section}:{nameof(StoreOptions.Claim)}"] = "mounted",
            [$"{StoreOptions.Section}:{nameof(StoreOptions.Namespace)}"] = wanted.Namespace,
        }).Build();
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(configuration);

        // The standard output is for the clone's folder, and what fails is told at the end.
        services.AddLogging();
        services.AddRuntime(Product.Names);
        services.AddCloning();
        services.AddSingleton<ILease, LockAlone>();
        return services.BuildServiceProvider();
    }

    private static CodeRepo RepoOf(EnsureArguments wanted)
    {
        var spec = new CodeRepoSpec { GitUrl = wanted.Url!, Branch = wanted.Branch, Timeout = $"{(long)wanted.Wait.TotalMilliseconds}ms" };
        spec.Depth = wanted.Depth ?? spec.Depth;
        return new CodeRepo
        {
            Metadata = new V1ObjectMeta { NamespaceProperty = wanted.Namespace, Name = wanted.Name, Uid = wanted.Uid },
            Spec = spec,
        };
    }
}

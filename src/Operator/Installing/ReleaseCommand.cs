using System.CommandLine;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Hosting;
using CodeRepoOperator.Programs;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Leasing;
using CodeRepoOperator.Runtime.Reconciling;
using CodeRepoOperator.Runtime.Settings;
using CodeRepoOperator.Runtime.Watching;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Installing;

/// <summary><c>coderepo-operator release</c>: what an uninstall ends with, since nobody else takes the finalizer off any more.</summary>
internal static class ReleaseCommand
{
    private const string Description = """
        Lets go of all CodeRepos once the operator is gone: takes the finalizer coderepo.dev/clone off them, which only a running operator
        would. Then none waits for ever when it, or its namespace, is deleted. The clones stay on the volume. An operator that comes back
        puts the finalizer on again.

        It waits until no operator holds the store. Of the settings it heeds Operator:Namespaces. It uses the rights of whoever runs it: to
        list and patch coderepos in these namespaces, and to get the Lease.

        Exit codes: 0 done, or nothing to do; 1 not done, run it again; 2 it can't be done as it is set up, nothing was changed.
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Makes the command.</summary>
    /// <param name="signals">What ends it before it is through.</param>
    public static Command Create(StopSignals signals)
    {
        var ofNamespace = ClusterCommand.Namespace();
        var claim = new Option<string>("--claim")
        {
            Description = "The claim of the store, after which its Lease is named.",
            DefaultValueFactory = _ => "store-coderepo-operator-0",
        };
        var timeout = ClusterCommand.Timeout("How long to wait for an operator to stop", Patience);
        var dryRun = new Option<bool>("--dry-run") { Description = "Lists the CodeRepos that would be released, and changes nothing." };
        return ClusterCommand.Create(
            "release",
            Description,
            [ofNamespace, claim, timeout, dryRun],
            signals,
            (services, parsed, cancellationToken) =>
                RunAsync(
                    services,
                    new LeaseName(parsed.GetValue(ofNamespace) ?? ClusterConfiguration.ReadNamespace(), parsed.GetValue(claim)!),
                    parsed.GetValue(timeout) ?? Patience,
                    parsed.GetValue(dryRun),
                    cancellationToken
                )
        );
    }

    private static async Task<int> RunAsync(
        IServiceProvider services,
        LeaseName lease,
        TimeSpan patience,
        bool isDryRun,
        CancellationToken cancellationToken
    )
    {
        var kubernetes = services.GetRequiredService<ApiClient>();
        var vacancy = new StoreVacancy(kubernetes, lease, services.GetRequiredService<TimeProvider>(), Console.Out);
        if (!isDryRun && await vacancy.WaitAsync(patience, cancellationToken) is { } holder)
        {
            await Console.Error.WriteLineAsync(
                $"Not done: {holder} holds the store (Lease {lease.Namespace}/{lease.Name}), so an operator runs. Uninstall or stop it, "
                    + "and run this again."
            );
            return ExitCodes.Failed;
        }

        var release = new CodeRepoRelease(
            new EntityReader<CodeRepo>(kubernetes),
            new FinalizerKeeper<CodeRepo>(kubernetes, new EntityCache<CodeRepo>(), new FinalizerName<CodeRepo>(CodeRepo.CloneFinalizer)),
            Console.Out
        );
        var released = 0;
        foreach (var served in Served(services))
        {
            released += await release.RunAsync(served, isDryRun, cancellationToken);
        }

        await Console.Out.WriteLineAsync(
            isDryRun
                ? $"CodeRepos that would be released: {released}."
                : $"CodeRepos released: {released}. Their clones stay on the volume."
        );
        return ExitCodes.Done;
    }

    /// <summary>The namespaces whose CodeRepos the operator looks after; null: all.</summary>
    private static IEnumerable<string?> Served(IServiceProvider services)
    {
        var named = services.GetRequiredService<IOptions<RuntimeOptions>>().Value.Namespaces;
        return named.Count > 0 ? named.AsEnumerable<string?>() : [null];
    }
}

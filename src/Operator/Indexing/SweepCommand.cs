using System.CommandLine;
using CodeRepoOperator.Hosting;
using CodeRepoOperator.Indexing.Sweeping;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Programs;
using Prometheus;

namespace CodeRepoOperator.Indexing;

/// <summary>
/// <c>coderepo-operator sweep</c>: one round, for a CronJob or a person. Where no cluster is configured it knows of no CodeRepos.
/// </summary>
internal static class SweepCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="signals">What ends it between two batches.</param>
    public static Command Create(StopSignals signals)
    {
        var dryRun = new Option<bool>("--dry-run") { Description = "Report what would be reset, and change nothing." };
        return CommandHost.Create(
            "sweep",
            "Resets the rows that a dead job left active, once. Exit code: 0 swept, 1 failed, 2 can't as it is set up.",
            [dryRun],
            signals,
            services =>
                services
                    .AddSweep()
                    .AddSingleton<IMetricFactory>(_ => Metrics.WithCustomRegistry(Metrics.NewCustomRegistry()))
                    .AddListedCodeRepos(),
            (services, parsed, token) => RunAsync(services, parsed.GetValue(dryRun), token)
        );
    }

    private static async Task<int> RunAsync(IServiceProvider services, bool dryRun, CancellationToken cancellationToken)
    {
        services.GetRequiredService<IndexingDatabase>().ThrowIfNotConfigured();
        var results = await services.GetRequiredService<Sweeper>().RunAsync(dryRun, limit: null, cancellationToken);
        foreach (var result in results)
        {
            await Console.Out.WriteLineAsync(SweepMessage.Of(result, dryRun));
        }

        return results.Any(result => result.IsSetUpWrong) ? ExitCodes.WrongSetup
            : results.Any(result => result.Outcome == SweepOutcome.Failed) ? ExitCodes.Failed
            : ExitCodes.Done;
    }
}

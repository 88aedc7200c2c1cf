using System.CommandLine;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Hosting;
using CodeRepoOperator.Indexing.Importing;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Programs;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Watching;
using k8s;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CodeRepoOperator.Indexing;

/// <summary><c>coderepo-operator import</c>: an installation that has its repositories in a table gets a CodeRepo for each.</summary>
internal static class ImportCommand
{
    private const string Description = """
        Makes a CodeRepo of each repository and branch that a table has rows of.

        Where Indexing:Tenants is set, only the rows of the namespace's tenants are looked at. It can be run again: what is there stays as it is. Rows without a URL that can be cloned are listed and skipped. It uses the
        rights of whoever runs it: to list, get and create coderepos in the namespace.
        """;

    /// <summary>Makes the command.</summary>
    /// <param name="signals">What ends it before it is through.</param>
    public static Command Create(StopSignals signals)
    {
        var ofNamespace = new Option<string?>("--namespace", "-n")
        {
            Description = "Where CodeRepos are made. Default: the namespace of the kubeconfig's context, or of the pod.",
        };
        var dryRun = new Option<bool>("--dry-run")
        {
            Description = "Prints what would be made, as kubectl apply takes it, and makes nothing.",
        };
        var target = new Option<string?>("--target") { Description = "The name of the item of Indexing:Targets. Default: the first." };
        return CommandHost.Create(
            "import",
            Description,
            [ofNamespace, dryRun, target],
            signals,
            services => services.AddIndexingDatabase().AddCodeRepoReader(),
            (services, parsed, cancellationToken) =>
                RunAsync(services, parsed.GetValue(target), parsed.GetValue(ofNamespace), parsed.GetValue(dryRun), cancellationToken)
        );
    }

    private static async Task<int> RunAsync(
        IServiceProvider services,
        string? targetName,
        string? ofNamespace,
        bool isDryRun,
        CancellationToken cancellationToken
    )
    {
        if (!ClusterEnvironment.HasCluster(services.GetRequiredService<IConfiguration>()))
        {
            throw new SetupException($"No cluster is configured, and CodeRepos live in one: {ClusterEnvironment.Remedy}.");
        }

        var options = services.GetRequiredService<IOptions<IndexingOptions>>().Value;
        var target = TargetNamed(targetName, options);
        var place = ofNamespace ?? IndexingServices.DefaultNamespace();
        var importer = new Importer(
            services.GetRequiredService<EntityReader<CodeRepo>>(),
            services.GetRequiredService<IKubernetes>(),
            new RowReader(services.GetRequiredService<IndexingDatabase>(), options) { Tenants = options.TenantsOf(place) },
            Console.Out
        );
        try
        {
            var tally = await importer.RunAsync(target, place, isDryRun, cancellationToken);
            await Console.Out.WriteLineAsync($"{Importer.Comment(isDryRun)}{tally.Summary(isDryRun)}");
            return tally.Refused > 0 ? ExitCodes.Failed : ExitCodes.Done;
        }
        catch (Exception error) when (error is not NpgsqlException && error.IsApiError() && !DatabaseErrors.IsOfCertificateFile(error))
        {
            return await ReportAsync($"the API server: {error.Describe()}");
        }
        catch (Exception error) when (DatabaseErrors.IsOne(error))
        {
            return await ReportAsync($"the database: {DatabaseErrors.Describe(error)}");
        }
    }

    private static IndexingTarget TargetNamed(string? name, IndexingOptions options) =>
        (name is null ? options.AllTargets[0] : options.AllTargets.FirstOrDefault(target => target.Label == name))
        ?? throw new SetupException(
            $"There is no target of this name: --target is one of {string.Join(", ", options.AllTargets.Select(target => target.Label))}."
        );

    private static async Task<int> ReportAsync(string why)
    {
        await Console.Error.WriteLineAsync(
            $"Not finished: {why.TrimEnd('.')}. What was made stays: fix the cause and run this again; it continues where it stopped."
        );
        return ExitCodes.Failed;
    }
}

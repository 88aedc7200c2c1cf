using System.Globalization;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator;

/// <summary>
/// A repository with 20 submodules of 100 files each, from its CodeRepo to Ready through the operator's own program, beside git doing the
/// same over the same loopback HTTP: medians, in turns.
/// </summary>
internal static class SubmodulesBenchmark
{
    private const int Runs = 5;
    private const int Submodules = 20;

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var cluster = await BenchCluster.StartAsync(cancellationToken);
        for (var number = 0; number < Submodules; number++)
        {
            cluster.ServeAs(NameOf(number));
        }

        var commit = await cluster.CommitOfSmallAsync(cancellationToken);
        await cluster.ImportAsync("project", Import(commit), cancellationToken);
        await using var running = BenchOperator.Start(cluster, TimeSpan.FromSeconds(15));
        await running.WhenReadyAsync(cancellationToken);

        var (ours, gits) = (new Series(), new Series());
        for (var run = 0; run < Runs; run++)
        {
            // Of one URL, the second CodeRepo would have the first one's objects.
            var name = string.Create(CultureInfo.InvariantCulture, $"project-{run}");
            cluster.ServeAs(name, "project");
            await ours.TimeAsync(() => SeeAsync(cluster, name, cancellationToken));
            await gits.TimeAsync(() =>
                GitProgram.CloneAsync(
                    cluster.Git.UrlOf($"{name}.git"),
                    cluster.NewPath(),
                    cancellationToken,
                    "--recurse-submodules",
                    "--shallow-submodules",
                    "-j8"
                )
            );
        }

        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"submodules: {Submodules} of 100 files: from the CodeRepo to Ready {ours}; git clone --recurse-submodules -j8 "
                    + $"--shallow-submodules {gits}: {ours.Median / gits.Median:0.00} times git's, wanted at most 1.00"
            )
        );
    }

    private static async Task SeeAsync(BenchCluster cluster, string name, CancellationToken cancellationToken)
    {
        await cluster.CreateAsync(name, spec => spec.Submodules = new CodeRepoSubmodules { Required = true }, cancellationToken);
        await cluster.SeeReadyAsync(name, reclones: 0, cancellationToken);
        var last = Path.Combine(cluster.Store, BenchCluster.Namespace, name, "libs", NameOf(Submodules - 1));
        if (Directory.GetFileSystemEntries(last).Length < 2)
        {
            throw new InvalidOperationException("Ready without a submodule.");
        }
    }

    private static string Import(string commit)
    {
        var modules = string.Concat(
            Enumerable
                .Range(0, Submodules)
                .Select(number => $"[submodule \"{NameOf(number)}\"]\n\tpath = libs/{NameOf(number)}\n\turl = ../{NameOf(number)}.git\n")
        );
        return "commit refs/heads/main\ncommitter A <a@b> 1 +0000\ndata 1\nx\n"
            + string.Create(CultureInfo.InvariantCulture, $"M 644 inline .gitmodules\ndata {modules.Length}\n{modules}\n")
            + string.Concat(Enumerable.Range(0, Submodules).Select(number => $"M 160000 {commit} libs/{NameOf(number)}\n"));
    }

    private static string NameOf(int number) => string.Create(CultureInfo.InvariantCulture, $"lib-{number}");
}

using System.Globalization;
using CodeRepoOperator;

string[] known =
[
    "ensure",
    "heal",
    "verify",
    "clone",
    "branch",
    "sparse",
    "lfs",
    "submodules",
    "archive",
    "sweep",
    "claim",
    "pods",
    "fleet",
    "declare",
    "--large",
];
const string RowsOption = "--rows=";
var rows = DeclareBenchmark.DefaultRows;
if (args.Where(arg => !arg.StartsWith(RowsOption, StringComparison.Ordinal)).Except(known).Any() || !AreRowsGood())
{
    await Console.Error.WriteLineAsync(
        "usage: Operator.Benchmarks [ensure] [heal] [verify] [clone] [branch] [sparse] [lfs] [submodules] [archive] [sweep] [claim] [pods] "
            + "[fleet] [declare] [--large] [--rows=N]; all but fleet and declare when none is named"
    );
    return 2;
}

using var ended = new CancellationTokenSource();
Console.CancelKeyPress += (_, stop) =>
{
    // What was started and mounted is put away first.
    stop.Cancel = true;
    ended.Cancel();
};
var isLarge = args.Contains("--large");
var all = !args.Intersect(known[..14]).Any();
if (all || args.Contains("ensure"))
{
    await WarmEnsureBenchmark.RunAsync(ended.Token);
}

if (all || args.Contains("heal"))
{
    await HealBenchmark.RunAsync(ended.Token);
}

if (all || args.Contains("verify"))
{
    await VerifyBenchmark.RunAsync(ended.Token);
}

if (all || args.Contains("clone"))
{
    await CloneBenchmark.RunAsync(isLarge, ended.Token);
}

if (all || args.Contains("branch"))
{
    await BranchBenchmark.RunAsync(ended.Token);
}

if (all || args.Contains("sparse"))
{
    await SparseBenchmark.RunAsync(ended.Token);
}

if (all || args.Contains("lfs"))
{
    await LfsBenchmark.RunAsync(ended.Token);
}

if (all || args.Contains("submodules"))
{
    await SubmodulesBenchmark.RunAsync(ended.Token);
}

if (all || args.Contains("archive"))
{
    await ArchiveBenchmark.RunAsync(isLarge, ended.Token);
}

if (all || args.Contains("sweep"))
{
    await using var database = await BenchDatabase.StartAsync(ended.Token);
    await SweepBenchmark.RunAsync(database, ended.Token);
}

if (all || args.Contains("claim"))
{
    await using var database = await BenchDatabase.StartAsync(ended.Token);
    await ClaimBenchmark.RunAsync(database, ended.Token);
    await ClaimNextBenchmark.RunAsync(database, ended.Token);
}

if (all || args.Contains("pods"))
{
    await PodGoneBenchmark.RunAsync(ended.Token);
}

if (args.Contains("fleet"))
{
    await FleetBenchmark.RunAsync(ended.Token);
}

if (args.Contains("declare"))
{
    await DeclareBenchmark.RunAsync(rows, ended.Token);
}

return 0;

bool AreRowsGood() =>
    args.Where(arg => arg.StartsWith(RowsOption, StringComparison.Ordinal))
        .All(arg => int.TryParse(arg[RowsOption.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out rows) && rows > 0);

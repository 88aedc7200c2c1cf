using System.Globalization;
using System.Text.RegularExpressions;

namespace CodeRepoOperator;

/// <summary>PostgreSQL's own measure of a statement.</summary>
internal static partial class Pgbench
{
    private static readonly TimeSpan Run = TimeSpan.FromSeconds(5);

    /// <summary>Runs a script for some seconds.</summary>
    /// <returns>How many transactions there were, and how many a second.</returns>
    public static async Task<(long Transactions, double Rate)> RunAsync(
        BenchDatabase database,
        string script,
        int clients,
        CancellationToken cancellationToken
    )
    {
        var printed = await database.ProgramAsync(
            "pgbench",
            "",
            cancellationToken,
            "--no-vacuum",
            "--protocol=prepared",
            $"--client={clients}",
            "--jobs=2",
            $"--time={Run.TotalSeconds:0}",
            $"--file={script}"
        );
        return (
            long.Parse(Number().Match(printed).Groups["number"].Value, CultureInfo.InvariantCulture),
            double.Parse(Rate().Match(printed).Groups["rate"].Value, CultureInfo.InvariantCulture)
        );
    }

    [GeneratedRegex(
        "^number of transactions actually processed: (?<number>[0-9]+)",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex Number();

    [GeneratedRegex("^tps = (?<rate>[0-9.]+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Rate();
}

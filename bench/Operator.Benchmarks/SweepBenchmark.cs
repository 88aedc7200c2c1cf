using System.Globalization;
using System.Text.RegularExpressions;
using CodeRepoOperator.Indexing;
using CodeRepoOperator.Indexing.Sweeping;
using CodeRepoOperator.Indexing.Tables;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Prometheus;

namespace CodeRepoOperator;

/// <summary>
/// A sweep of a million rows: one that finds nothing, and one that resets 100,000, beside the same statements by psql on a table
/// that was made in the same way. Meanwhile a bystander claims other rows.
/// </summary>
internal static partial class SweepBenchmark
{
    private const int Runs = 3;
    private const int Looks = 200;
    private const int BatchSize = 1_000;
    private const int MaxResets = 5;
    private const double WantedRate = 0.9;
    private const double WantedLongestMilliseconds = 1_000;
    private const double WantedLookMilliseconds = 1;

    /// <summary>Silence counts from the start of the server, which is some seconds old.</summary>
    private static readonly TimeSpan Threshold = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LongThreshold = TimeSpan.FromMinutes(30);

    public static async Task RunAsync(BenchDatabase database, CancellationToken cancellationToken)
    {
        var sql = await SqlAsync(database, cancellationToken);
        await using (var patient = Services(database, LongThreshold))
        {
            await NothingAsync(database, patient.GetRequiredService<Sweeper>(), sql, cancellationToken);
        }

        await using var services = Services(database, Threshold);
        var sweeper = services.GetRequiredService<Sweeper>();
        var (ours, raw) = (new SweepFigures(), new SweepFigures());
        for (var run = 0; run < Runs; run++)
        {
            await database.FillAsync(TimeSpan.FromHours(2), cancellationToken);
            await raw.MeasureAsync(database, () => PsqlAsync(database, sql, cancellationToken), cancellationToken);
            await database.FillAsync(TimeSpan.FromHours(2), cancellationToken);
            await ours.MeasureAsync(database, () => sweeper.RunAsync(dryRun: false, limit: null, cancellationToken), cancellationToken);
        }

        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"reset {BenchDatabase.Indexing} stuck of {BenchDatabase.Rows}: ours {ours.Rate.Median:0} rows/s, psql "
                    + $"{raw.Rate.Median:0}: "
                    + $"{ours.Rate.Median / raw.Rate.Median:0.00} of it, wanted at least {WantedRate:0.00}; longest transaction seen: "
                    + $"ours {ours.Longest.Max:0} ms, "
                    + $"psql {raw.Longest.Max:0}, wanted below {WantedLongestMilliseconds:0}; a bystander's claim, p99: ours "
                    + $"{ours.ClaimP99.Median:0.0} ms, "
                    + $"psql {raw.ClaimP99.Median:0.0}, wanted below {SweepFigures.WantedClaimMilliseconds:0}"
            )
        );
    }

    private static ServiceProvider Services(BenchDatabase database, TimeSpan threshold)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Indexing:ConnectionFile"] = database.ConnectionFile,
            ["Indexing:Threshold"] = threshold.ToString("c", CultureInfo.InvariantCulture),
            ["Indexing:BatchSize"] = BatchSize.ToString(CultureInfo.InvariantCulture),
            ["Indexing:MaxResets"] = MaxResets.ToString(CultureInfo.InvariantCulture),
        };
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<IMetricFactory>(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry()));
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.None));
        services.AddSweep();
        services.AddSingleton<ICodeRepos, NoCodeRepos>();
        return services.BuildServiceProvider();
    }

    private static async Task<SweepSql> SqlAsync(BenchDatabase database, CancellationToken cancellationToken)
    {
        await database.FillAsync(TimeSpan.FromMinutes(1), cancellationToken);
        await using var connection = await database.Source.OpenConnectionAsync(cancellationToken);
        var target = new IndexingTarget();
        return new SweepSql(
            target,
            (await ColumnProbe.ReadAsync(connection, target, cancellationToken))!,
            new IndexingOptions { MaxResets = MaxResets }
        );
    }

    /// <summary>All of the 100,000 that are indexing have given a sign of life a minute ago.</summary>
    private static async Task NothingAsync(BenchDatabase database, Sweeper sweeper, SweepSql sql, CancellationToken cancellationToken)
    {
        var look = sql.Look().CommandText;
        var (inDatabase, ours) = (new Series(), new Series());
        for (var i = 0; i < Looks; i++)
        {
            var plan = await database.ReadAsync<string>($"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {look}", cancellationToken);
            inDatabase.Add(Times().Matches(plan).Sum(time => double.Parse(time.Groups["ms"].Value, CultureInfo.InvariantCulture)));
            await ours.TimeAsync(() => sweeper.RunAsync(dryRun: false, limit: null, cancellationToken));
        }

        var printed = await database.ProgramAsync(
            "psql",
            "\\timing on\n" + string.Concat(Enumerable.Repeat(look + ";\n", Looks)),
            cancellationToken,
            "--no-psqlrc",
            "--quiet"
        );
        var psql = new Series();
        foreach (Match time in Time().Matches(printed))
        {
            psql.Add(double.Parse(time.Groups["ms"].Value, CultureInfo.InvariantCulture));
        }

        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"a sweep that finds nothing, {BenchDatabase.Rows} rows, {BenchDatabase.Indexing} of them alive: in the database, "
                    + $"planning too, "
                    + $"{inDatabase.Median:0.000} ms (max {inDatabase.Max:0.000}), wanted below {WantedLookMilliseconds:0}; "
                    + $"the whole sweep, with the look at the columns, {ours.Median:0.0} ms (max {ours.Max:0.0}); its one query by psql "
                    + $"{psql.Median:0.0} ms"
            )
        );
    }

    /// <summary>The statement of a batch, prepared as the operator has it, again and again.</summary>
    private static Task<string> PsqlAsync(BenchDatabase database, SweepSql sql, CancellationToken cancellationToken)
    {
        var statement = sql.ResetStuck(Threshold, [], BatchSize)
            .CommandText.Replace("$1", MaxResets.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("$2", "interval '1 second'", StringComparison.Ordinal)
            .Replace("$3", "NULL", StringComparison.Ordinal)
            .Replace("$4", BatchSize.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        return database.ProgramAsync(
            "psql",
            $"PREPARE reset AS {statement};\n"
                + string.Concat(Enumerable.Repeat("EXECUTE reset;\n", (BenchDatabase.Indexing / BatchSize) + 1)),
            cancellationToken,
            "--no-psqlrc",
            "--quiet",
            "--set=ON_ERROR_STOP=1",
            "--no-align",
            "--tuples-only",
            "--output=/dev/null"
        );
    }

    [GeneratedRegex("\"(Planning|Execution) Time\": (?<ms>[0-9.]+)", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Times();

    [GeneratedRegex("^Time: (?<ms>[0-9.]+) ms", RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Time();
}

using System.Globalization;

namespace CodeRepoOperator;

/// <summary>
/// Sixteen workers that take whichever row is next, 100,000 of a million rows waiting, by pgbench: <c>coderepo_claim_next</c> beside the
/// same by hand on the same table.
/// </summary>
internal static class ClaimNextBenchmark
{
    private const int Clients = 16;
    private const int Waiting = 100_000;
    private const int Runs = 5;
    private const double Wanted = 0.95;

    private const string ByHand = """
        UPDATE repositories SET status = 'indexing', indexing_holder = 'worker' WHERE id = (
          SELECT id FROM repositories
          WHERE status = 'pending' AND (status = 'indexing') IS NOT TRUE AND COALESCE(indexing_resets, 0) <= 5
            AND COALESCE(indexing_not_before, '-infinity') <= now()
          ORDER BY COALESCE(indexing_not_before, '-infinity') LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING id, indexing_token;
        """;

    private const string ByFunction = "SELECT id, token FROM coderepo_claim_next('{pending}', '30 minutes', 'worker');";

    public static async Task RunAsync(BenchDatabase database, CancellationToken cancellationToken)
    {
        var byHand = await database.FileAsync("next-by-hand.sql", ByHand, cancellationToken);
        var byFunction = await database.FileAsync("claim-next.sql", ByFunction, cancellationToken);
        await database.FillAsync(TimeSpan.FromMinutes(1), cancellationToken);
        await database.PartCoresAsync(cancellationToken);
        var (plain, function) = (new Series(), new Series());
        for (var run = 0; run < Runs; run++)
        {
            plain.Add(await ClaimsAsync(database, byHand, cancellationToken));
            function.Add(await ClaimsAsync(database, byFunction, cancellationToken));
        }

        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Clients} clients taking the next of {Waiting} rows: by pgbench coderepo_claim_next {function.Median:0} claims/s, by "
                    + $"hand {plain.Median:0}: {function.Median / plain.Median:0.00} of it; wanted at least {Wanted:0.00}"
            )
        );
    }

    /// <summary>Claims a second. Each row has one winner: as many rows are taken as claims were made.</summary>
    private static async Task<double> ClaimsAsync(BenchDatabase database, string script, CancellationToken cancellationToken)
    {
        var waiting = BenchDatabase.Indexing + Waiting;
        await database.RunAsync(
            $"UPDATE repositories SET status = 'pending' WHERE id > {BenchDatabase.Indexing} AND id <= {waiting}",
            cancellationToken
        );
        await database.RunAsync("VACUUM (ANALYZE) repositories", cancellationToken);
        await database.RunAsync("CHECKPOINT", cancellationToken);
        var printed = await Pgbench.RunAsync(database, script, Clients, cancellationToken);
        var taken = await database.ReadAsync<long>(
            $"SELECT count(*) FROM repositories WHERE id > {BenchDatabase.Indexing} AND status = 'indexing'",
            cancellationToken
        );
        return taken == printed.Transactions
            ? printed.Rate
            : throw new InvalidOperationException($"{printed.Transactions} claims took {taken} rows.");
    }
}

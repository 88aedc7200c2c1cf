using System.Globalization;
using CodeRepoOperator.IndexingClient;
using Npgsql;

namespace CodeRepoOperator;

/// <summary>
/// Claims a second of eight clients on rows of a million, by pgbench: the function beside the same UPDATE by hand on the same table, and
/// beside one that stamps by itself on the table without its trigger. The .NET client beside Npgsql alone. Then sixteen claimers on one
/// row.
/// </summary>
internal static class ClaimBenchmark
{
    private const int Clients = 8;
    private const int Runs = 5;
    private const int Claimers = 16;
    private const int Tries = 8_000;
    private const double Wanted = 0.95;

    private static readonly TimeSpan Run = TimeSpan.FromSeconds(5);

    /// <summary>What the function does, as one would write it by hand.</summary>
    private const string ByHand = """
        UPDATE repositories SET status = 'indexing'
        WHERE id = :n AND (status <> 'indexing' OR GREATEST(indexing_heartbeat_at, indexing_started_at, '-infinity'::timestamptz) < now() - interval '0')
        RETURNING indexing_token;
        """;

    /// <summary>The same with what the trigger does, for the table without it.</summary>
    private const string Alone = """
        UPDATE repositories SET status = 'indexing', indexing_started_at = now(), indexing_heartbeat_at = NULL, indexing_token = indexing_token + 1
        WHERE id = :n AND (status <> 'indexing' OR GREATEST(indexing_heartbeat_at, indexing_started_at, '-infinity'::timestamptz) < now() - interval '0')
        RETURNING indexing_token;
        """;

    // Nobody holds a row for longer than the claim takes, so that each of them is won.
    private const string ByFunction = "SELECT coderepo_claim(:n, interval '0');";

    public static async Task RunAsync(BenchDatabase database, CancellationToken cancellationToken)
    {
        var byHand = await ScriptAsync(database, "by-hand.sql", ByHand, cancellationToken);
        var alone = await ScriptAsync(database, "alone.sql", Alone, cancellationToken);
        var byFunction = await ScriptAsync(database, "claim.sql", ByFunction, cancellationToken);
        await database.FillAsync(TimeSpan.FromMinutes(1), cancellationToken);
        await database.PartCoresAsync(cancellationToken);
        await using var pool = NpgsqlDataSource.Create(database.ConnectionString + $";Minimum Pool Size={Clients}");
        var claims = new IndexingClaims(pool);
        var (raw, bare, function, ours, npgsql) = (new Series(), new Series(), new Series(), new Series(), new Series());
        await OursAsync(claims, cancellationToken);
        for (var run = 0; run < Runs; run++)
        {
            await database.RunAsync("ALTER TABLE repositories DISABLE TRIGGER USER", cancellationToken);
            bare.Add(await PgbenchAsync(database, alone, cancellationToken));
            await database.RunAsync("ALTER TABLE repositories ENABLE TRIGGER USER", cancellationToken);
            raw.Add(await PgbenchAsync(database, byHand, cancellationToken));
            function.Add(await PgbenchAsync(database, byFunction, cancellationToken));

            // Each is first every other time: what the one leaves behind is not the other's loss alone.
            (Series Times, Func<Task<double>> RateAsync)[] clients =
            [
                (ours, () => OursAsync(claims, cancellationToken)),
                (npgsql, () => NpgsqlAsync(pool, cancellationToken)),
            ];
            foreach (var (times, rateAsync) in run % 2 == 0 ? clients : clients.Reverse())
            {
                times.Add(await rateAsync());
            }
        }

        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Clients} clients claiming: by pgbench coderepo_claim {function.Median:0} claims/s, the UPDATE by hand "
                    + $"{raw.Median:0}: {function.Median / raw.Median:0.00} of it, "
                    + $"and without the trigger, stamping by itself, {bare.Median:0}: {function.Median / bare.Median:0.00}; "
                    + $"the .NET client {ours.Median:0}, {ours.Median / npgsql.Median:0.00} of the same SQL by Npgsql alone "
                    + $"({npgsql.Median:0}), {ours.Median / function.Median:0.00} of pgbench; wanted at least {Wanted:0.00}"
            )
        );
        await OneRowAsync(database, claims, cancellationToken);
    }

    private static Task<string> ScriptAsync(BenchDatabase database, string name, string sql, CancellationToken cancellationToken) =>
        database.FileAsync(name, $"\\set n random(1, {BenchDatabase.Rows})\n{sql}\n", cancellationToken);

    private static async Task<double> PgbenchAsync(BenchDatabase database, string script, CancellationToken cancellationToken) =>
        (await Pgbench.RunAsync(database, script, Clients, cancellationToken)).Rate;

    private static Task<double> OursAsync(IndexingClaims claims, CancellationToken cancellationToken) =>
        ClientAsync(async row => await claims.ClaimAsync(row, TimeSpan.Zero, cancellationToken) is not null);

    /// <summary>The same SQL as that of the client, by the library that it is made on.</summary>
    private static Task<double> NpgsqlAsync(NpgsqlDataSource pool, CancellationToken cancellationToken) =>
        ClientAsync(async row =>
        {
            await using var command = pool.CreateCommand("SELECT coderepo_claim($1, $2)");
            command.Parameters.Add(new() { Value = row });
            command.Parameters.Add(new() { Value = TimeSpan.Zero });
            return await command.ExecuteScalarAsync(cancellationToken) is long;
        });

    private static async Task<double> ClientAsync(Func<long, Task<bool>> claimAsync)
    {
        var started = TimeProvider.System.GetTimestamp();
        var won = await Task.WhenAll(
            Enumerable
                .Range(0, Clients)
                .Select(async _ =>
                {
                    var count = 0;
                    while (TimeProvider.System.GetElapsedTime(started) < Run)
                    {
                        count += await claimAsync(Random.Shared.NextInt64(1, BenchDatabase.Rows + 1)) ? 1 : 0;
                    }

                    return count;
                })
        );
        return won.Sum() / TimeProvider.System.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>Each winner finishes the row, so that the next may win.</summary>
    private static async Task OneRowAsync(BenchDatabase database, IndexingClaims claims, CancellationToken cancellationToken)
    {
        await database.RunAsync("UPDATE repositories SET status = 'indexed' WHERE id = 1", cancellationToken);
        var before = await database.ReadAsync<long>("SELECT indexing_token FROM repositories WHERE id = 1", cancellationToken);
        var tokens = await Task.WhenAll(
            Enumerable
                .Range(0, Claimers)
                .Select(async _ =>
                {
                    var won = new List<long>();
                    for (var i = 0; i < Tries / Claimers; i++)
                    {
                        if (await claims.ClaimAsync(1L, TimeSpan.FromHours(1), cancellationToken) is { } claim)
                        {
                            won.Add(claim.Token);
                            if (!await claim.FinishAsync("indexed", cancellationToken))
                            {
                                throw new InvalidOperationException("The winner of a row had lost it.");
                            }
                        }
                    }

                    return won;
                })
        );
        var (all, moved) = (
            tokens.SelectMany(won => won).ToList(),
            await database.ReadAsync<long>("SELECT indexing_token FROM repositories WHERE id = 1", cancellationToken) - before
        );
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Claimers} claimers on one row, {Tries} tries: {all.Count} won, {all.Distinct().Count()} different tokens, the token "
                    + $"moved by {moved}; wanted: the same three times"
            )
        );
    }
}

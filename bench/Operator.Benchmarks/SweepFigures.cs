using CodeRepoOperator.IndexingClient;

namespace CodeRepoOperator;

/// <summary>What is measured while stuck rows are reset, by whichever way.</summary>
internal sealed class SweepFigures
{
    /// <summary>What a bystander's claim may take, the 99th of a hundred.</summary>
    public const double WantedClaimMilliseconds = 50;

    private const string OldestTransaction = """
        SELECT COALESCE(max(EXTRACT(epoch FROM clock_timestamp() - xact_start)) * 1000, 0)::float8
        FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'
        """;

    private static readonly TimeSpan ClaimEvery = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(2);

    /// <summary>Rows a second.</summary>
    public Series Rate { get; } = new();

    /// <summary>The longest transaction that was seen of each run, in ms.</summary>
    public Series Longest { get; } = new();

    /// <summary>The 99th percentile of a bystander's claims, in ms.</summary>
    public Series ClaimP99 { get; } = new();

    /// <summary>Times a reset of all stuck rows.</summary>
    /// <exception cref="InvalidOperationException">Rows are stuck still.</exception>
    public async Task MeasureAsync(BenchDatabase database, Func<Task> reset, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var claiming = ClaimAsync(database, ending.Token);
        var watching = WatchAsync(database, ending.Token);
        var started = TimeProvider.System.GetTimestamp();
        await reset();
        var took = TimeProvider.System.GetElapsedTime(started);
        await ending.CancelAsync();
        var claims = await claiming;
        Longest.Add(await watching);
        Rate.Add(BenchDatabase.Indexing / took.TotalSeconds);
        ClaimP99.Add(claims.Order().ElementAt(claims.Count * 99 / 100));
        var left = await database.ReadAsync<long>(
            $"SELECT count(*) FROM repositories WHERE status <> 'error' AND id <= {BenchDatabase.Indexing}",
            cancellationToken
        );
        if (left > 0)
        {
            throw new InvalidOperationException($"{left} rows are stuck still.");
        }
    }

    /// <summary>Somebody who claims rows that nobody holds.</summary>
    private static async Task<List<double>> ClaimAsync(BenchDatabase database, CancellationToken cancellationToken)
    {
        var claims = new IndexingClaims(database.Source);
        var times = new List<double>();
        try
        {
            while (true)
            {
                var started = TimeProvider.System.GetTimestamp();
                await claims.ClaimAsync(
                    Random.Shared.NextInt64(BenchDatabase.Indexing + 1, BenchDatabase.Rows + 1),
                    TimeSpan.FromHours(1),
                    cancellationToken
                );
                times.Add(TimeProvider.System.GetElapsedTime(started).TotalMilliseconds);
                await Task.Delay(ClaimEvery, TimeProvider.System, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            return times;
        }
    }

    private static async Task<double> WatchAsync(BenchDatabase database, CancellationToken cancellationToken)
    {
        var longest = 0.0;
        try
        {
            while (true)
            {
                longest = Math.Max(longest, await database.ReadAsync<double>(OldestTransaction, cancellationToken));
                await Task.Delay(LookEvery, TimeProvider.System, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            return longest;
        }
    }
}

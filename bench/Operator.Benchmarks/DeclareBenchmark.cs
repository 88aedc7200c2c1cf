using System.Globalization;

namespace CodeRepoOperator;

/// <summary>
/// 50,000 rows that declare CodeRepos: what the operator holds, what it writes at rest, and how soon a row that is inserted is a CodeRepo.
/// Nothing is cloned: no host is allowed.
/// </summary>
internal static class DeclareBenchmark
{
    /// <summary>What it is measured with by default: some 40 minutes on two cores, most of them the API server's.</summary>
    public const int DefaultRows = 50_000;

    private const int Inserts = 300;

    private static readonly TimeSpan VerifyInterval = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Settling = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan AtRest = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(2);

    private static string Fill(int rows) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"""
            INSERT INTO repositories (id, name, git_url, branch)
            SELECT n, 'repo-' || n, 'https://git.example.com/team/repo-' || n || '.git', 'main' FROM generate_series(1, {rows}) n
            """
        );

    public static async Task RunAsync(int rows, CancellationToken cancellationToken)
    {
        await using var cluster = await BenchCluster.StartAsync(cancellationToken, files: 3);
        await using var database = await BenchDatabase.StartAsync(cancellationToken);
        (string Name, string Value)[] settings =
        [
            ("Indexing__ConnectionFile", database.ConnectionFile),
            ("Indexing__Declare__Enabled", "true"),
            ("Indexing__Declare__Namespace", BenchCluster.Namespace),
            ("Indexing__Declare__RequestsPerSecond", "1000"),
            // What a sweep says of CodeRepos that it has not seen before is written once, and must be over by then.
            ("Indexing__SweepInterval", "00:00:30"),
            ("Git__AllowedHosts__0", "no.example.com"),
        ];
        await database.MigrateAsync(settings[1..3], cancellationToken);
        await using var running = BenchOperator.Start(cluster, VerifyInterval, settings);
        await running.WhenReadyAsync(cancellationToken);
        await Task.Delay(Settling, TimeProvider.System, cancellationToken);
        var (bare, bareResident) = (running.PrivateMemory, running.ResidentMemory);

        var started = TimeProvider.System.GetTimestamp();
        await database.RunAsync(Fill(rows), cancellationToken);
        await running.WhenAtLeastAsync("coderepo_indexing_declared_repos_total{result=\"created\"}", rows, cancellationToken);
        var took = TimeProvider.System.GetElapsedTime(started);
        var pruned = await running.MetricAsync("coderepo_indexing_declared_repos_total{result=\"pruned\"}", cancellationToken);
        Print($"{rows} rows inserted at once: as many CodeRepos after {took.TotalSeconds:0} s; {pruned:0} were made twice, wanted 0");
        await running.WhenAtLeastAsync("coderepo_repos{state=\"Stalled\"}", rows, cancellationToken);
        await Task.Delay(Settling, TimeProvider.System, cancellationToken);

        var (before, time) = (await ApiRequests.ReadAsync(cluster.Admin, cancellationToken), running.ProcessorTime);
        await Task.Delay(AtRest, TimeProvider.System, cancellationToken);
        var after = await ApiRequests.ReadAsync(cluster.Admin, cancellationToken);
        var (core, writes) = ((running.ProcessorTime - time) / AtRest, after.OfOperatorSince(before));
        Print($"at rest, {AtRest.TotalMinutes:0} min: {writes:0} writes, wanted 0 ({after.Since(before)}); {core:0.0 %} of a core");
        Print($"memory: {running.ResidentMemory / 1e6:0} MB resident, wanted below 200 ({bareResident / 1e6:0} without a row)");
        Print($"of that its own: {running.PrivateMemory / 1e6:0} MB ({bare / 1e6:0} without a row)");

        var times = new Series();
        for (var number = rows + 1; number <= rows + Inserts; number++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"repo-{number}");
            await times.TimeAsync(() => InsertAsync(cluster, database, name, number, cancellationToken));
        }

        var worst = times.Percentile(99);
        Print($"row inserted to CodeRepo, {Inserts} times beside {rows}: {times}, 99 % within {worst:0} ms, wanted below 1000 ms");
    }

    private static async Task InsertAsync(
        BenchCluster cluster,
        BenchDatabase database,
        string name,
        int number,
        CancellationToken cancellationToken
    )
    {
        var values = string.Create(CultureInfo.InvariantCulture, $"({number}, 'https://git.example.com/team/{name}.git', 'main')");
        await database.RunAsync($"INSERT INTO repositories (id, git_url, branch) VALUES {values}", cancellationToken);
        while (!await cluster.HasAsync(name, cancellationToken))
        {
            await Task.Delay(Look, TimeProvider.System, cancellationToken);
        }
    }

    private static void Print(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));
}

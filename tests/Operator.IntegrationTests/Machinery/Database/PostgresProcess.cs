using System.Globalization;

namespace CodeRepoOperator.Machinery.Database;

/// <summary>A PostgreSQL that <c>hack/postgres.sh run</c> runs.</summary>
internal sealed class PostgresProcess : IAsyncDisposable
{
    /// <summary>A start takes a second or two; on a busy machine ten.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

    private readonly ServerScript _script;

    private PostgresProcess(ServerScript script, int port) => (_script, Port) = (script, port);

    /// <summary>Where it listens, on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>Starts a server and waits until it responds.</summary>
    /// <param name="directory">Its directory: empty, or a copy that <c>pg_basebackup</c> made.</param>
    /// <param name="cancellationToken">The test's token.</param>
    /// <param name="settings">Settings of postgresql.conf, as <c>name=value</c>.</param>
    public static async Task<PostgresProcess> StartAsync(string directory, CancellationToken cancellationToken, params string[] settings)
    {
        var script = new ServerScript("PostgreSQL", "hack/postgres.sh", ["run", directory, .. settings], Deadline);
        return new PostgresProcess(script, int.Parse(await script.StartAsync(Deadline, cancellationToken), CultureInfo.InvariantCulture));
    }

    /// <summary>Orders it to <c>kill</c>, <c>stop</c> or <c>start</c> the server, and waits until that is done.</summary>
    public Task OrderAsync(string order, CancellationToken cancellationToken) =>
        _script.OrderAsync(order, order, Deadline, cancellationToken);

    public ValueTask DisposeAsync() => _script.DisposeAsync();
}

using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace CodeRepoOperator.Machinery;

/// <summary><c>hack/postgres.sh run</c>, which ends with its standard input: also when this process is killed.</summary>
internal sealed class PostgresProcess : IAsyncDisposable
{
    /// <summary>A start takes a second or two; on a busy machine ten.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

    private readonly StringBuilder _errors = new();
    private readonly Process _process;

    private PostgresProcess(string folder, IEnumerable<string> settings)
    {
        _process = new Process
        {
            StartInfo = new ProcessStartInfo("bash", [Checkout.PathOf("hack/postgres.sh"), "run", folder, .. settings])
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        _process.ErrorDataReceived += (_, line) => _errors.AppendLine(line.Data);
    }

    /// <summary>Where it listens, on 127.0.0.1.</summary>
    public int Port { get; private set; }

    /// <summary>Starts a server and waits until it answers.</summary>
    /// <param name="folder">Its folder: empty, or a copy that <c>pg_basebackup</c> made.</param>
    /// <param name="cancellationToken">The test's token.</param>
    /// <param name="settings">Settings of postgresql.conf, as <c>name=value</c>.</param>
    public static async Task<PostgresProcess> StartAsync(string folder, CancellationToken cancellationToken, params string[] settings)
    {
        var server = new PostgresProcess(folder, settings);
        try
        {
            server._process.Start();
            server._process.BeginErrorReadLine();
            var line = await server.AnswerAsync(cancellationToken);
            server.Port = line.StartsWith("ready ", StringComparison.Ordinal)
                ? int.Parse(line["ready ".Length..], CultureInfo.InvariantCulture)
                : throw new InvalidOperationException($"PostgreSQL did not start:\n{server._errors}");
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Orders it to <c>kill</c>, <c>stop</c> or <c>start</c> the server, and waits until that is done.</summary>
    public async Task OrderAsync(string order, CancellationToken cancellationToken)
    {
        await _process.StandardInput.WriteAsync($"{order}\n".AsMemory(), cancellationToken);
        await _process.StandardInput.FlushAsync(cancellationToken);
        if (await AnswerAsync(cancellationToken) != order)
        {
            throw new InvalidOperationException($"PostgreSQL did not {order}:\n{_errors}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var patience = new CancellationTokenSource(Deadline);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException late)
        {
            _process.Kill(entireProcessTree: true);
            throw new TimeoutException($"PostgreSQL did not stop within {Deadline}", late);
        }
        finally
        {
            _process.Dispose();
        }
    }

    private async Task<string> AnswerAsync(CancellationToken cancellationToken)
    {
        using var hurry = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        hurry.CancelAfter(Deadline);
        return await _process.StandardOutput.ReadLineAsync(hurry.Token) ?? "";
    }
}

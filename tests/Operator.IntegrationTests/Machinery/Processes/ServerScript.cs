using System.Diagnostics;
using System.Text;

namespace CodeRepoOperator.Machinery.Processes;

/// <summary>
/// A script of hack/ that runs servers, says <c>ready</c> when they are, takes orders by standard input, and ends with that: also when
/// this process is killed.
/// </summary>
internal sealed class ServerScript : IAsyncDisposable
{
    private readonly string _server;
    private readonly TimeSpan _stopDeadline;
    private readonly StringBuilder _errors = new();
    private readonly Process _process;

    /// <param name="server">What it runs, for messages.</param>
    /// <param name="script">The script, below the checkout.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="stopDeadline">How long it may take to stop.</param>
    public ServerScript(string server, string script, IEnumerable<string> arguments, TimeSpan stopDeadline)
    {
        (_server, _stopDeadline) = (server, stopDeadline);
        _process = new Process
        {
            StartInfo = new ProcessStartInfo("bash", [Checkout.PathOf(script), .. arguments])
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        _process.ErrorDataReceived += (_, line) => _errors.AppendLine(line.Data);
    }

    /// <summary>Starts it and waits until it is ready. When it does not get so, it is disposed.</summary>
    /// <returns>What it says after <c>ready</c>, such as a port.</returns>
    public async Task<string> StartAsync(TimeSpan deadline, CancellationToken cancellationToken)
    {
        try
        {
            _process.Start();
            _process.BeginErrorReadLine();
            using var hurry = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            hurry.CancelAfter(deadline);
            if (await _process.StandardOutput.ReadLineAsync(hurry.Token) is { } line && line.StartsWith("ready", StringComparison.Ordinal))
            {
                return line["ready".Length..].Trim();
            }

            await _process.WaitForExitAsync(hurry.Token);
            throw new InvalidOperationException($"{_server} did not start:\n{_errors}");
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    /// <summary>Gives it an order, and waits until it responds that it is carried out.</summary>
    /// <param name="order">The order.</param>
    /// <param name="done">The response.</param>
    /// <param name="deadline">How long it may take.</param>
    /// <param name="cancellationToken">The test's token.</param>
    public async Task OrderAsync(string order, string done, TimeSpan deadline, CancellationToken cancellationToken)
    {
        await _process.StandardInput.WriteAsync($"{order}\n".AsMemory(), cancellationToken);
        await _process.StandardInput.FlushAsync(cancellationToken);
        using var hurry = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        hurry.CancelAfter(deadline);
        if (await _process.StandardOutput.ReadLineAsync(hurry.Token) != done)
        {
            throw new InvalidOperationException($"{_server} did not {order}:\n{_errors}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var patience = new CancellationTokenSource(_stopDeadline);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException late)
        {
            _process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{_server} did not stop within {_stopDeadline}", late);
        }
        finally
        {
            _process.Dispose();
        }
    }
}

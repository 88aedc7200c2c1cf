using System.Diagnostics;
using System.Text;

namespace CodeRepoOperator.Machinery;

/// <summary><c>hack/control-plane.sh run</c>, which ends with its standard input: also when this process is killed.</summary>
internal sealed class ControlPlaneProcess : IAsyncDisposable
{
    /// <summary>Seconds as a rule; building kube-apiserver, which happens once, takes minutes.</summary>
    private static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(30);

    /// <summary>Twice what the script gives both servers before it kills them.</summary>
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(20);

    private readonly StringBuilder errors = new();
    private readonly Process process;

    private ControlPlaneProcess(string folder)
    {
        process = new Process
        {
            StartInfo = new ProcessStartInfo("bash", [Checkout.PathOf("hack/control-plane.sh"), "run", folder])
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        process.ErrorDataReceived += (_, line) => errors.AppendLine(line.Data);
    }

    /// <summary>Starts a control plane and waits until it is ready.</summary>
    public static async Task<ControlPlaneProcess> StartAsync(string folder, CancellationToken cancellationToken)
    {
        var controlPlane = new ControlPlaneProcess(folder);
        try
        {
            await controlPlane.BecomeReadyAsync(cancellationToken);
            return controlPlane;
        }
        catch
        {
            await controlPlane.DisposeAsync();
            throw;
        }
    }

    /// <summary>Orders it to kill or start a server, and waits until that is done.</summary>
    /// <param name="order"><c>kill</c> or <c>start</c>, and <c>etcd</c> or <c>kube-apiserver</c>.</param>
    /// <param name="cancellationToken">The test's token.</param>
    public async Task OrderAsync(string order, CancellationToken cancellationToken)
    {
        await process.StandardInput.WriteAsync($"{order}\n".AsMemory(), cancellationToken);
        await process.StandardInput.FlushAsync(cancellationToken);
        if (await process.StandardOutput.ReadLineAsync(cancellationToken) != $"done: {order}")
        {
            throw new InvalidOperationException($"the control plane did not {order}:\n{errors}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(StopDeadline);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException late)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"the control plane did not stop within {StopDeadline}", late);
        }
        finally
        {
            process.Dispose();
        }
    }

    private async Task BecomeReadyAsync(CancellationToken cancellationToken)
    {
        process.Start();
        process.BeginErrorReadLine();
        using var hurry = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        hurry.CancelAfter(StartDeadline);
        var line = await process.StandardOutput.ReadLineAsync(hurry.Token);
        if (line != "ready")
        {
            await process.WaitForExitAsync(hurry.Token);
            throw new InvalidOperationException($"the control plane did not start:\n{errors}");
        }
    }
}

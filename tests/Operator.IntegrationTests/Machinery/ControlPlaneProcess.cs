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

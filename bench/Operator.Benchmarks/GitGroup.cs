using System.Diagnostics;
using System.Runtime.InteropServices;

namespace CodeRepoOperator;

/// <summary>A git program that leads a process group of its own, so that it can be ended with all that it started.</summary>
internal sealed partial class GitGroup : IDisposable
{
    private const int Terminate = 15;

    private readonly Process _process;

    private GitGroup(Process process) => _process = process;

    public static GitGroup Start(params string[] arguments) =>
        new(
            Process.Start(new ProcessStartInfo("setsid", ["git", .. arguments]) { UseShellExecute = false, RedirectStandardError = true })!
        );

    /// <summary>Sends SIGTERM to the group and waits for git.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        _ = Kill(-_process.Id, Terminate);
        await _process.WaitForExitAsync(cancellationToken);
    }

    public void Dispose() => _process.Dispose();

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}

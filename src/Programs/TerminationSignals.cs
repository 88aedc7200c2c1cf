using System.Runtime.InteropServices;

namespace CodeRepoOperator.Programs;

/// <summary>
/// The signals that ask for an end. The first one asks for a graceful stop; the second one ends the process at once, with the
/// exit code that a shell gives such an end: whoever sends it does not want to wait.
/// </summary>
/// <remarks>Left to the system, a signal would be ignored: a container's first process has no default for it.</remarks>
internal class TerminationSignals : IDisposable
{
    /// <summary>Not disposed: a signal that comes while the process ends may still be on its way here.</summary>
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _signals;

    public TerminationSignals() =>
        _registrations = [On(PosixSignal.SIGTERM, number: 15), On(PosixSignal.SIGINT, number: 2), On(PosixSignal.SIGQUIT, number: 3)];

    /// <summary>Ends with the first signal.</summary>
    public CancellationToken StopRequested => _stop.Token;

    /// <summary>The first signal; null: none has come.</summary>
    public PosixSignal? First { get; private set; }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        GC.SuppressFinalize(this);
    }

    private PosixSignalRegistration On(PosixSignal signal, int number) => PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            if (Interlocked.Increment(ref _signals) > 1)
            {
                Environment.Exit(ExitCodes.SignalBase + number);
            }

            First = signal;
            _stop.Cancel();
        });
}

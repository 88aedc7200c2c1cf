using CodeRepoOperator.Programs;

namespace CodeRepoOperator.Hosting;

/// <summary>The signals that ask for an end, in place of the host's own handling of them.</summary>
/// <remarks>
/// Neither .NET's <c>ConsoleLifetime</c>, to which a second signal means nothing, nor System.CommandLine, which gives a stop
/// 2 s.
/// </remarks>
internal sealed class StopSignals : TerminationSignals, IHostLifetime
{
    /// <inheritdoc />
    Task IHostLifetime.WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    Task IHostLifetime.StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

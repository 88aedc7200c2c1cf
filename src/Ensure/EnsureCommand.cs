using System.Security.Cryptography;
using System.Text;
using CodeRepoOperator.Programs;
using CodeRepoOperator.Timing;

namespace CodeRepoOperator.Ensure;

/// <summary>
/// <c>coderepo-operator ensure</c>, for init containers: there is a clone on the mounted volume when it ends well. A clone that is there
/// is found by looking at it; for another one the API is asked, until it is to be seen.
/// </summary>
internal sealed class EnsureCommand
{
    private const string Signalled = "ended by a signal";

    /// <summary>How often the mount is looked at for a clone that the API says is there: NFS shows what is new after a while.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(100);

    private readonly EnsureArguments _arguments;

    private EnsureCommand(EnsureArguments arguments) => _arguments = arguments;

    /// <param name="arguments">What comes after its name.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        if (arguments is ["--help" or "-h", ..])
        {
            await Console.Out.WriteLineAsync(EnsureArguments.Usage);
            return ExitCodes.Done;
        }

        if (!EnsureArguments.TryRead(arguments, Environment.GetEnvironmentVariable, out var read, out var error))
        {
            await Console.Error.WriteLineAsync($"ensure: {error}\n{EnsureArguments.Usage}");
            return ExitCodes.WrongSetup;
        }

        if (MountedClone.Find(read) is { } warm && warm.Difference(read) is null)
        {
            return Found(warm.Directory);
        }

        using var signals = new TerminationSignals();
        return await new EnsureCommand(read).RunColdAsync(signals.StopRequested);
    }

    private async Task<int> RunColdAsync(CancellationToken stopRequested)
    {
        if (_arguments.Url is not null && await MakeAsync(stopRequested) is { } code)
        {
            return code;
        }

        EnsureClient client;
        try
        {
            client = new EnsureClient(_arguments);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return NotFound($"the authorities of --ca-file can't be read ({error.Message.TrimEnd('.')})");
        }

        using (client)
        {
            return await RequestAsync(client, stopRequested);
        }
    }

    /// <returns>The exit code; null: the volume is not ours to write to, and so the API is to be asked.</returns>
    private async Task<int?> MakeAsync(CancellationToken stopRequested) =>
        await OwnClone.MakeAsync(_arguments, stopRequested) switch
        {
            OwnCloneResult.Made made => Found(made.Directory),
            OwnCloneResult.StoreUnavailable => null,
            OwnCloneResult.Failed when stopRequested.IsCancellationRequested => NotFound(Signalled),
            OwnCloneResult.Failed failed => NotFound(failed.Message),
            _ => throw new InvalidOperationException("There are no other results."),
        };

    private async Task<int> RequestAsync(EnsureClient client, CancellationToken stopRequested)
    {
        using var timeout = new LinkedTimeout(_arguments.Wait, TimeProvider.System, stopRequested);
        var (reason, began) = ("nothing has responded yet", TimeProvider.System.GetTimestamp());
        try
        {
            while (true)
            {
                switch (await client.EnsureAsync(_arguments.Wait - TimeProvider.System.GetElapsedTime(began), timeout.Token))
                {
                    case EnsureResponse.Never never:
                        return NotFound(never.Reason);
                    case EnsureResponse.Later later when later.After > _arguments.Wait - TimeProvider.System.GetElapsedTime(began):
                        return NotFound($"{later.Reason} (the next attempt is in {later.After.TotalSeconds:0} s, later than --wait)");
                    case EnsureResponse.Later later:
                        reason = later.Reason;
                        await Task.Delay(later.After, TimeProvider.System, timeout.Token);
                        break;
                    case EnsureResponse.Ready ready:
                        reason =
                            $"the API says that the clone is there, but it is not in {_arguments.Store}: mount the claim there that the "
                            + "API names";
                        return await SeeAsync(ready.Commit, timeout.Token);
                }
            }
        }
        catch (OperationCanceledException) when (timeout.Token.IsCancellationRequested)
        {
            return NotFound(
                stopRequested.IsCancellationRequested ? Signalled : $"not within {_arguments.Wait.TotalSeconds:0.###} s: {reason}"
            );
        }
    }

    /// <param name="commit">What the API says is checked out: a clone of another commit is on its way out, or not to be seen yet.</param>
    /// <param name="cancellationToken">Ends it.</param>
    private async Task<int> SeeAsync(string? commit, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (MountedClone.Find(_arguments) is { } clone)
            {
                if (clone.Difference(_arguments) is null)
                {
                    return Found(clone.Directory);
                }

                if (clone.Commit == commit)
                {
                    return NotFound(
                        "the operator makes the one that the CodeRepo's spec asks for: change the spec, "
                            + "or leave out the options that differ from it"
                    );
                }
            }

            await Task.Delay(LookInterval, TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>Prints where it is. By the stream itself: a writer of text would be the larger part of what is loaded.</summary>
    private static int Found(string clone)
    {
        using var output = Console.OpenStandardOutput();
        output.Write(Encoding.UTF8.GetBytes(clone + '\n'));
        return ExitCodes.Done;
    }

    private int NotFound(string reason)
    {
        Console.Error.WriteLine($"ensure: no clone of {_arguments.Namespace}/{_arguments.Name}: {reason}");
        if (MountedClone.Find(_arguments) is { } clone && clone.Difference(_arguments) is { } difference)
        {
            Console.Error.WriteLine($"ensure: the clone that is there {difference}");
        }

        return ExitCodes.Failed;
    }
}

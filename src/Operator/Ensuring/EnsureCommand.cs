using System.Security.Cryptography;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Hosting;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Ensuring;

/// <summary>
/// <c>coderepo-operator ensure</c>, for init containers: there is a clone on the mounted volume when it ends well. A clone that is there
/// is found by looking at it, by the launcher already where there is one; for another one the API is asked, until it is to be seen.
/// </summary>
internal static class EnsureCommand
{
    private const int Done = 0;
    private const int Failed = 1;
    private const int Misused = 2;

    private const string Signalled = "ended by a signal";

    /// <summary>How often the mount is looked at for a clone that the API says is there: NFS shows what is new after a while.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Runs it.</summary>
    /// <param name="arguments">What comes after its name.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        if (arguments is ["--help" or "-h", ..])
        {
            await Console.Out.WriteLineAsync(EnsureArguments.Usage);
            return Done;
        }

        if (!EnsureArguments.TryRead(arguments, Environment.GetEnvironmentVariable, out var wanted, out var mistake))
        {
            await Console.Error.WriteLineAsync($"ensure: {mistake}\n{EnsureArguments.Usage}");
            return Misused;
        }

        if (MountedClone.Find(wanted) is { } warm && Difference(warm, wanted) is null)
        {
            return Tell(warm.Folder);
        }

        using var signals = new StopSignals();
        return await RunColdAsync(wanted, signals.Told);
    }

    private static async Task<int> RunColdAsync(EnsureArguments wanted, CancellationToken told)
    {
        if (wanted.Url is not null && await MakeAsync(wanted, told) is { } code)
        {
            return code;
        }

        EnsureClient client;
        try
        {
            client = new EnsureClient(wanted);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return Refuse(wanted, $"the authorities of --ca-file can't be read ({error.Message.TrimEnd('.')})");
        }

        using (client)
        {
            return await AskAsync(wanted, client, told);
        }
    }

    /// <returns>The exit code; null: the volume is not ours to write to, and so the API is to be asked.</returns>
    private static async Task<int?> MakeAsync(EnsureArguments wanted, CancellationToken told)
    {
        try
        {
            var made = await OwnClone.MakeAsync(wanted, told);
            return made.Succeeded ? Tell(made.Value)
                : made.Failure.Reason == Reasons.StoreUnavailable ? null
                : Refuse(wanted, $"{made.Failure.Reason}: {made.Failure.Message}");
        }
        catch (OperationCanceledException) when (told.IsCancellationRequested)
        {
            return Refuse(wanted, Signalled);
        }
    }

    private static async Task<int> AskAsync(EnsureArguments wanted, EnsureClient client, CancellationToken told)
    {
        using var deadline = new CancellationTokenSource(wanted.Wait, TimeProvider.System);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(told, deadline.Token);
        var (reason, began) = ("nothing has answered yet", TimeProvider.System.GetTimestamp());
        try
        {
            while (true)
            {
                switch (await client.AskAsync(wanted.Wait - TimeProvider.System.GetElapsedTime(began), ended.Token))
                {
                    case EnsureResponse.Never never:
                        return Refuse(wanted, never.Reason);
                    case EnsureResponse.Later later when later.After > wanted.Wait - TimeProvider.System.GetElapsedTime(began):
                        return Refuse(wanted, $"{later.Reason} (the next attempt is in {later.After.TotalSeconds:0} s, later than --wait)");
                    case EnsureResponse.Later later:
                        reason = later.Reason;
                        await Task.Delay(later.After, TimeProvider.System, ended.Token);
                        break;
                    case EnsureResponse.Ready ready:
                        reason = $"the API says that the clone is there, and it is not to be seen in {wanted.Store}: mount the claim there that the API names";
                        return await SeeAsync(wanted, ready.Commit, ended.Token);
                }
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            return Refuse(wanted, told.IsCancellationRequested ? Signalled : $"not within {wanted.Wait.TotalSeconds:0.###} s: {reason}");
        }
    }

    /// <param name="wanted">What was asked for.</param>
    /// <param name="commit">What the API says is checked out: a clone of another commit is on its way out, or not to be seen yet.</param>
    /// <param name="cancellationToken">Ends it.</param>
    private static async Task<int> SeeAsync(EnsureArguments wanted, string? commit, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (MountedClone.Find(wanted) is { } clone)
            {
                if (Difference(clone, wanted) is null)
                {
                    return Tell(clone.Folder);
                }

                if (clone.Commit == commit)
                {
                    return Refuse(
                        wanted,
                        "the operator makes the one that the CodeRepo's spec asks for: change the spec, "
                        + "or leave out the options that differ from it");
                }
            }

            await Task.Delay(LookInterval, TimeProvider.System, cancellationToken);
        }
    }

    private static string? Difference(MountedClone clone, EnsureArguments wanted)
        => clone.Difference(
            wanted, (one, other) => RepoIdentity.TryParse(one) is { } repository && repository == RepoIdentity.TryParse(other));

    private static int Tell(string clone)
    {
        MountedClone.Tell(clone);
        return Done;
    }

    private static int Refuse(EnsureArguments wanted, string reason)
    {
        Console.Error.WriteLine($"ensure: no clone of {wanted.Namespace}/{wanted.Name}: {reason}");
        if (MountedClone.Find(wanted) is { } clone && Difference(clone, wanted) is { } difference)
        {
            Console.Error.WriteLine($"ensure: the clone that is there {difference}");
        }

        return Failed;
    }
}

using System.CommandLine;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Hosting;
using CodeRepoOperator.Programs;
using k8s.Models;

namespace CodeRepoOperator.Standalone;

/// <summary>
/// <c>coderepo-operator clone</c>: makes the clone of one CodeRepo on a mounted volume, as the operator would, and prints its directory.
/// </summary>
/// <remarks>
/// For <c>ensure</c>, which is too small a program to do it; not for people, and not in <c>--help</c>. It works until its standard input
/// ends. Exit codes: <see cref="ExitCodes.Done"/> the clone is there; <see cref="ExitCodes.Failed"/> it can't be made, and standard error
/// has the reason and the message; <see cref="ExitCodes.StoreUnavailable"/> the volume is read-only, or an operator holds it.
/// </remarks>
internal static class CloneCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="signals">What ends it before it is through.</param>
    public static Command Create(StopSignals signals)
    {
        var repo = new Argument<string>("NAMESPACE/NAME");
        var store = new Option<string>("--store") { Required = true };
        var url = new Option<string>("--url") { Required = true };
        var uid = new Option<string>("--uid") { Required = true };
        var branch = new Option<string?>("--branch");
        var depth = new Option<int?>("--depth");
        var timeout = new Option<string?>("--timeout");
        var command = new Command("clone") { repo, store, url, uid, branch, depth, timeout };
        command.Hidden = true;
        command.SetAction(
            (parsed, _) =>
            {
                var name = parsed.GetRequiredValue(repo).Split('/', 2);
                var spec = new CodeRepoSpec { GitUrl = parsed.GetRequiredValue(url), Branch = parsed.GetValue(branch) };
                (spec.Depth, spec.Timeout) = (parsed.GetValue(depth) ?? spec.Depth, parsed.GetValue(timeout) ?? spec.Timeout);
                var desired = new CodeRepo
                {
                    Metadata = new V1ObjectMeta
                    {
                        NamespaceProperty = name[0],
                        Name = name[^1],
                        Uid = parsed.GetRequiredValue(uid),
                    },
                    Spec = spec,
                };
                return RunAsync(desired, parsed.GetRequiredValue(store), signals.StopRequested);
            }
        );
        return command;
    }

    private static async Task<int> RunAsync(CodeRepo repo, string store, CancellationToken stopRequested)
    {
        // Not disposed: the input may end while the process does.
        var ended = CancellationTokenSource.CreateLinkedTokenSource(stopRequested);
        _ = CancelAtEndOfInputAsync(ended);
        try
        {
            var clone = await StandaloneClone.MakeAsync(repo, store, ended.Token);
            if (clone.Succeeded)
            {
                await Console.Out.WriteLineAsync(clone.Value);
                return ExitCodes.Done;
            }

            await Console.Error.WriteLineAsync($"{clone.Failure.Reason}: {clone.Failure.Message}");
            return clone.Failure.Reason == Reasons.StoreUnavailable ? ExitCodes.StoreUnavailable : ExitCodes.Failed;
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("ended before the clone was there");
            return ExitCodes.Failed;
        }
    }

    private static async Task CancelAtEndOfInputAsync(CancellationTokenSource source)
    {
        await using var input = Console.OpenStandardInput();
        var buffer = new byte[1];
        while (await input.ReadAsync(buffer, CancellationToken.None) > 0) { }

        await source.CancelAsync();
    }
}

using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using CodeRepoOperator.Programs;

namespace CodeRepoOperator.Ensure;

/// <summary>
/// Has a clone made here, on a volume that may be written to. That takes all of the operator's code for clones, so the operator's program
/// does it, by its command <c>clone</c>.
/// </summary>
internal static class OwnClone
{
    /// <summary>Has it made.</summary>
    /// <param name="arguments">What of; with <c>--url</c> and <c>--uid</c>.</param>
    /// <param name="stopRequested">Ends it; nothing of it is left in the clone's place then.</param>
    public static async Task<OwnCloneResult> MakeAsync(EnsureArguments arguments, CancellationToken stopRequested)
    {
        Process? started;
        try
        {
            started = Process.Start(StartOf(arguments));
        }
        catch (Win32Exception failure)
        {
            return new OwnCloneResult.Failed(
                $"{SiblingProgram.Operator.Path} can't be started ({failure.Message}): take the whole image, or leave out --url"
            );
        }

        using var process = started!;

        // It works until its standard input ends: so it ends as well if this process is killed.
        await using var ending = stopRequested.Register(process.StandardInput.Close);
        var printing = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var errors = await process.StandardError.ReadToEndAsync(CancellationToken.None);
        var output = await printing;
        await process.WaitForExitAsync(CancellationToken.None);
        return process.ExitCode switch
        {
            ExitCodes.Done => new OwnCloneResult.Made(output.TrimEnd('\n')),
            ExitCodes.StoreUnavailable => new OwnCloneResult.StoreUnavailable(),
            ExitCodes.Failed when errors.Length > 0 => new OwnCloneResult.Failed(errors.TrimEnd('\n')),
            var code => new OwnCloneResult.Failed($"{SiblingProgram.Operator.Path} ended with the exit code {code}: {errors.Trim()}"),
        };
    }

    private static ProcessStartInfo StartOf(EnsureArguments arguments)
    {
        var start = new ProcessStartInfo(SiblingProgram.Operator.Path)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add("clone");
        start.ArgumentList.Add($"{arguments.Namespace}/{arguments.Name}");
        Add("--store", arguments.Store);
        Add("--url", arguments.Url);
        Add("--uid", arguments.Uid);
        Add("--branch", arguments.Branch);
        Add("--depth", arguments.Depth?.ToString(CultureInfo.InvariantCulture));
        Add("--timeout", string.Create(CultureInfo.InvariantCulture, $"{(long)arguments.Wait.TotalMilliseconds}ms"));
        return start;

        // In one piece: a value may begin with a dash.
        void Add(string option, string? value)
        {
            if (value is not null)
            {
                start.ArgumentList.Add($"{option}={value}");
            }
        }
    }
}

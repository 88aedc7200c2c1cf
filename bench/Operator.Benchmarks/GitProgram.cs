using System.Diagnostics;

namespace CodeRepoOperator;

/// <summary>Runs git, which the engine is measured against and which makes the repositories.</summary>
internal static class GitProgram
{
    public static Task RunAsync(string directory, string? input, CancellationToken cancellationToken, params string[] arguments) =>
        ReadAsync(directory, input, cancellationToken, arguments);

    /// <summary>Clones the newest commit of one branch.</summary>
    public static Task CloneAsync(string url, string directory, CancellationToken cancellationToken, params string[] more) =>
        RunAsync("/", null, cancellationToken, ["clone", "-q", "--depth", "1", "--single-branch", .. more, url, directory]);

    /// <returns>What it prints.</returns>
    public static async Task<string> ReadAsync(
        string directory,
        string? input,
        CancellationToken cancellationToken,
        params string[] arguments
    )
    {
        using var process = Process.Start(
            new ProcessStartInfo("git", ["-C", directory, .. arguments])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                UseShellExecute = false,
            }
        )!;
        if (input is not null)
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
        }

        process.StandardInput.Close();
        var printed = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"git {string.Join(' ', arguments)} failed.");
        }

        return printed;
    }
}

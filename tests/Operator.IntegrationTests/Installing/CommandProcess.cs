using System.Diagnostics;
using System.Text;

namespace CodeRepoOperator.Installing;

/// <summary>A command of the operator that runs while a test looks at it.</summary>
internal sealed class CommandProcess : IAsyncDisposable
{
    /// <summary>The operator's program.</summary>
    public static readonly string Program = Path.Combine(AppContext.BaseDirectory, "coderepo-operator");

    private readonly Process _process;
    private readonly StringBuilder _output = new();

    private CommandProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public static CommandProcess Start(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(Program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new CommandProcess(Process.Start(start)!);
    }

    /// <summary>Waits until it has written something.</summary>
    public Task SeeAsync(string text) =>
        Eventually.SeeAsync(
            $"it writes '{text}'",
            _ => Task.FromResult(Output()),
            output => output.Contains(text, StringComparison.Ordinal),
            TimeSpan.FromSeconds(30),
            TestContext.Current.CancellationToken
        );

    /// <summary>Waits for its end.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> WhenEndedAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        // Nothing to do unless the test failed.
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private string Output()
    {
        lock (_output)
        {
            return _output.ToString();
        }
    }

    private void Keep(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
        }
    }
}

namespace CodeRepoOperator.Machinery.Processes;

/// <summary>What a program left behind.</summary>
public sealed record ProcessOutcome(string Command, int ExitCode, string Output, string Error)
{
    /// <summary>The output of a program that was expected to succeed.</summary>
    public string OutputOrThrow() =>
        ExitCode == 0 ? Output : throw new InvalidOperationException($"{Command} ended with {ExitCode}:\n{Error}{Output}");
}

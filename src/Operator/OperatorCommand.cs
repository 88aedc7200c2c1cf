using System.CommandLine;
using CodeRepoOperator.Hosting;
using CodeRepoOperator.Indexing;
using CodeRepoOperator.Installing;
using CodeRepoOperator.Programs;
using CodeRepoOperator.Standalone;

namespace CodeRepoOperator;

/// <summary>The command line: what the program can do, and how it says so.</summary>
internal static class OperatorCommand
{
    private const string Description = """
        Keeps a complete clone of every CodeRepo on a persistent volume, and heals it.

        Settings come from the environment (Store__Root=/store) or as arguments (--Store:Root=/store). Required:
          Store:Root       the directory where the volume for clones is mounted
          Store:Claim      the PersistentVolumeClaim of that volume
          Store:Namespace  the namespace that the operator runs in
        """;

    /// <summary>Does what the command line asks for.</summary>
    /// <returns>The exit code.</returns>
    public static Task<int> RunAsync(string[] arguments, StopSignals signals)
    {
        // The signals are ours: System.CommandLine would end the process 2 s after the first one.
        var invocation = new InvocationConfiguration { ProcessTerminationTimeout = null };
        return Create(arguments, signals).Parse(arguments).InvokeAsync(invocation);
    }

    private static RootCommand Create(string[] arguments, StopSignals signals)
    {
        var settings = CommandHost.Settings();
        var root = new RootCommand(Description)
        {
            settings,
            MigrateCommand.Create(signals),
            SweepCommand.Create(signals),
            ImportCommand.Create(signals),
            ResizeCommand.Create(signals),
            ReleaseCommand.Create(signals),
            CloneCommand.Create(signals),
            Ensure(arguments),
        };
        root.SetAction((parsed, _) => OperatorHost.RunAsync(parsed.GetValue(settings) ?? [], signals));
        return root;
    }

    /// <summary>
    /// A program of its own, which reads its arguments itself. In an image it comes first, and this is only its line in the help.
    /// </summary>
    private static Command Ensure(string[] arguments)
    {
        var command = new Command("ensure", "Makes sure that there is a clone on a mounted volume, for init containers.")
        {
            // Its help is its own as well.
            new Option<bool>("--help", "-h") { Hidden = true },
        };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(_ => SiblingProgram.Ensure.Become(arguments));
        return command;
    }
}

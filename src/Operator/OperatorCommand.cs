using System.CommandLine;

namespace CodeRepoOperator;

/// <summary>The command line: what the program can do, and how it says so.</summary>
internal static class OperatorCommand
{
    private const string Description = """
        Keeps a complete clone of every CodeRepo on a persistent volume, and heals it.

        Settings come from the environment (Store__Root=/store) or as arguments (--Store:Root=/store). Required:
          Store:Root       the folder where the volume for clones is mounted
          Store:Claim      the PersistentVolumeClaim of that volume
          Store:Namespace  the namespace that the operator runs in
        """;

    /// <summary>Builds the command line.</summary>
    public static RootCommand Create()
    {
        var settings = new Argument<string[]>("settings")
        {
            Description = "Settings as --Section:Name=value.",
            Arity = ArgumentArity.ZeroOrMore,
            Hidden = true,
        };
        var root = new RootCommand(Description) { settings };
        root.SetAction((parsed, cancellationToken) => OperatorHost.RunAsync(parsed.GetValue(settings) ?? [], cancellationToken));
        return root;
    }
}

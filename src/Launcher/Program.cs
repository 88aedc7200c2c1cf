using CodeRepoOperator.Ensuring;
using CodeRepoOperator.Launcher;

if (args is [EnsureArguments.Command, .. var rest]
    && EnsureArguments.TryRead(rest, Environment.GetEnvironmentVariable, out var wanted, out _)
    && MountedClone.Find(wanted) is { } clone

    // Whether two spellings are of one repository takes more to know than a launcher brings along.
    && clone.Difference(wanted, string.Equals) is null)
{
    MountedClone.Tell(clone.Folder);
    return 0;
}

return ManagedProgram.Become(args);

using CodeRepoOperator.Ensuring;
using CodeRepoOperator.Launcher;

if (args is [EnsureArguments.Command, .. var rest]
    && EnsureArguments.TryRead(rest, Environment.GetEnvironmentVariable, out var wanted, out _)
    && MountedClone.Find(wanted) is { } clone)
{
    MountedClone.Tell(clone);
    return 0;
}

return ManagedProgram.Become(args);

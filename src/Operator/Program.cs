using CodeRepoOperator;
using CodeRepoOperator.Ensuring;
using CodeRepoOperator.Hosting;

// Before anything else is loaded: pods wait for it to start.
if (args is [EnsureArguments.Command, .. var rest])
{
    return await EnsureCommand.RunAsync(rest);
}

using var signals = new StopSignals();
return await OperatorCommand.RunAsync(args, signals);

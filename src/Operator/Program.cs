using CodeRepoOperator;
using CodeRepoOperator.Hosting;

using var signals = new StopSignals();
return await OperatorCommand.RunAsync(args, signals);

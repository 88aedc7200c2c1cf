using CodeRepoOperator;

using var signals = new StopSignals();
return await OperatorCommand.RunAsync(args, signals);

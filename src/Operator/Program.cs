using CodeRepoOperator;

return await OperatorCommand.Create().Parse(args).InvokeAsync();

using CodeRepoOperator.GitWorker;

return await WorkerCommand.RunAsync(Console.OpenStandardInput(), Console.OpenStandardOutput(), CancellationToken.None);

using CodeRepoOperator;
using CodeRepoOperator.Cloning.Remotes.Worker;

// The worker starts no host: it is one clone's process, and its start is part of every clone.
if (args is [GitWorkerCommand.Name])
{
    return await GitWorkerCommand.RunAsync(Console.OpenStandardInput(), Console.OpenStandardOutput(), CancellationToken.None);
}

return await OperatorCommand.Create().Parse(args).InvokeAsync();

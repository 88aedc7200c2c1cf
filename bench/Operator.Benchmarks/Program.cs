using CodeRepoOperator;

if (args is not [] and not ["clone"] and not ["clone", "--large"])
{
    await Console.Error.WriteLineAsync("usage: Operator.Benchmarks [clone [--large]]");
    return 2;
}

using var ended = new CancellationTokenSource();
Console.CancelKeyPress += (_, _) => ended.Cancel();
await CloneBenchmark.RunAsync(large: args.Length == 2, ended.Token);
return 0;

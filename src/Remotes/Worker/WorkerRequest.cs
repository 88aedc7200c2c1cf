namespace CodeRepoOperator.Cloning.Remotes.Worker;

/// <summary>What the worker is told on its standard input: one JSON document on one line.</summary>
internal sealed record WorkerRequest(
    string Url, string Branch, int Depth, string Directory, string? SeedFrom, GitCredentials? Credentials, GitOptions Options);

namespace CodeRepoOperator.Cloning.Remotes.Worker;

/// <summary>The clone that a worker makes.</summary>
internal sealed record WorkerRequest(
    string Url, string Branch, int Depth, string Directory, string? SeedFrom, GitCredentials? Credentials, GitOptions Options, CloneBudget? Budget = null);

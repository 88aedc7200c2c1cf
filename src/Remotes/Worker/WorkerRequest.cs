using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Hosts;

namespace CodeRepoOperator.Remotes.Worker;

/// <summary>The clone that a worker makes; without a branch, of the remote's HEAD.</summary>
internal sealed record WorkerRequest(
    string Url, string? Branch, int Depth, string Directory, string? SeedFrom, GitCredentials? Credentials, GitOptions Options, CloneBudget? Budget = null);

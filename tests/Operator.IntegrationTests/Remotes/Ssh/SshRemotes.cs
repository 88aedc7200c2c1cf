namespace CodeRepoOperator.Remotes.Ssh;

/// <summary>Tests that share one sshd: its keys take seconds to make.</summary>
[CollectionDefinition(nameof(SshRemotes))]
public sealed class SshRemotes : ICollectionFixture<SshRemote>;

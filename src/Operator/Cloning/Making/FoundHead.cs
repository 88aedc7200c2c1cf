using CodeRepoOperator.Remotes.Refs;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>What a poll found.</summary>
/// <param name="Head">Where the revision was.</param>
/// <param name="AskedAt">When the remote was asked: what was pushed later it may lack. A timestamp of the monotonic clock.</param>
/// <param name="RespondedAt">When it responded.</param>
internal sealed record FoundHead(RemoteHead Head, long AskedAt, long RespondedAt);

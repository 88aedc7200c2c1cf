namespace CodeRepoOperator.Api.Responses;

/// <summary>Where the clone is, as it is written.</summary>
/// <param name="Claim">The PersistentVolumeClaim.</param>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Path">The clone's folder on it.</param>
/// <param name="Node">The node that a ReadWriteOnce claim is bound to; null: not told.</param>
/// <param name="Commit">The commit that is checked out.</param>
/// <param name="Branch">The branch that is checked out; null: the remote's HEAD is detached, and so is the clone's.</param>
/// <param name="Recloned">Whether it had been lost and was made again for this call.</param>
internal sealed record EnsuredBody(string Claim, string Namespace, string Path, string? Node, string Commit, string? Branch, bool Recloned);

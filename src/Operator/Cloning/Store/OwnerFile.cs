namespace CodeRepoOperator.Cloning.Store;

/// <summary>What the owner file of a store says.</summary>
/// <param name="Format">The version of the store's layout.</param>
/// <param name="Shard">Whose store it is.</param>
internal sealed record OwnerFile(int Format, int Shard);

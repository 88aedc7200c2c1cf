namespace CodeRepoOperator.Indexing.Tables;

/// <summary>What becomes of a CodeRepo whose row is gone.</summary>
internal enum PrunePolicy
{
    /// <summary>It is deleted, and its clone with it.</summary>
    Delete,

    /// <summary>It stays, and is nobody's but those of people from then on.</summary>
    Orphan,
}

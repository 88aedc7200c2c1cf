namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>Which way a migration goes.</summary>
internal enum MigrationDirection
{
    /// <summary>To what this version needs.</summary>
    Up,

    /// <summary>Back to what was there before the first one.</summary>
    Down,
}

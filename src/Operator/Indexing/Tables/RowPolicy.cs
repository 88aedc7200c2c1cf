namespace CodeRepoOperator.Indexing.Tables;

/// <summary>A policy of row level security that holds for a role.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Command">What it is for, as the catalog has it: <c>*</c> all, <c>r</c> SELECT, <c>w</c> UPDATE, others.</param>
/// <param name="IsPermissive">Whether it shows rows; else it hides rows that others show.</param>
/// <param name="Condition">Of which rows; null: it says nothing of rows that are there.</param>
internal sealed record RowPolicy(string Name, char Command, bool IsPermissive, string? Condition)
{
    /// <summary>Whether it has a part in statements of a kind.</summary>
    public bool IsFor(char command) => Command == '*' || Command == command;

    /// <summary>Whether its condition holds for each row.</summary>
    public bool IsForAllRows => Condition == "true";
}

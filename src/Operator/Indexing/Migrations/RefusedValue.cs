namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>A value that is written to a column, and that the table does not take.</summary>
/// <param name="Column">The column.</param>
/// <param name="Value">The value, as SQL has it.</param>
/// <param name="Why">What refuses it: a constraint, or the column's type.</param>
internal sealed record RefusedValue(string Column, string Value, string Why);

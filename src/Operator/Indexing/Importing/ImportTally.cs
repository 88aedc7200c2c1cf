namespace CodeRepoOperator.Indexing.Importing;

/// <summary>What an import has come to.</summary>
internal sealed class ImportTally
{
    public int Rows { get; set; }

    public int Created { get; set; }

    public int Existing { get; set; }

    public int Merged { get; set; }

    public int Skipped { get; set; }

    public int Refused { get; set; }

    /// <summary>In a line.</summary>
    public string Summary(bool isDryRun) =>
        $"{Rows} rows: {Created} CodeRepos {(isDryRun ? "would be created" : "created")}, {Existing} were there already, {Merged} "
        + $"merged with another row, {Skipped} skipped{(Refused > 0 ? $", {Refused} refused by the API server" : "")}.";
}

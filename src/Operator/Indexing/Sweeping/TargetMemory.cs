namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>What is remembered of a target from sweep to sweep; lost with the process, which costs some tries and words.</summary>
internal sealed class TargetMemory
{
    /// <summary>The stuck rows that can't be reset.</summary>
    public RefusedRows NotReset { get; } = new();

    /// <summary>The rows that need a stamp and can't be given one.</summary>
    public RefusedRows NotStamped { get; } = new();

    /// <summary>What to say of them; null: there are none.</summary>
    /// <param name="shown">How many of each kind are named at most.</param>
    public string? Refusals(int shown)
    {
        var words = new[] { NotReset.Describe(shown), NotStamped.Describe(shown) }.OfType<string>().ToList();
        return words.Count == 0 ? null : string.Join(" ", words);
    }
}

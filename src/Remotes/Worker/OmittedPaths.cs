namespace CodeRepoOperator.Remotes.Worker;

/// <summary>Paths of one kind whose content is not in a clone.</summary>
/// <param name="Count">How many there are.</param>
/// <param name="First">The first of them by name, fit to be shown.</param>
internal sealed record OmittedPaths(int Count, IReadOnlyList<string> First)
{
    /// <summary>How many are named: a status is no place for a list of thousands.</summary>
    public const int MaximumShown = 5;

    public bool Equals(OmittedPaths? other) => other is not null && Count == other.Count && First.SequenceEqual(other.First);

    public override int GetHashCode() => Count;

    /// <summary><c>libs/a, libs/b and 3 more</c>.</summary>
    public override string ToString() => string.Join(", ", First) + (Count > First.Count ? $" and {Count - First.Count} more" : "");
}

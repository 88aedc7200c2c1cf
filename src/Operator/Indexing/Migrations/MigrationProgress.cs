namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>How far a migration came, for the report of one that failed.</summary>
internal sealed class MigrationProgress
{
    private readonly List<string> _done = [];
    private List<MigrationStep> _left = [];

    /// <summary>Whether anything may have been changed: a script without a transaction may have come half its way.</summary>
    public bool HasChanged => _done.Count > 0 || _left is [{ Script.IsTransaction: false }, ..];

    /// <summary>What was done, and what was not.</summary>
    public string Shown =>
        $"Done: {(_done.Count == 0 ? "nothing" : string.Join(", ", _done))}. Not done: {string.Join(", ", _left.Select(Name))}";

    /// <summary>The steps of the next target.</summary>
    public void Begin(IEnumerable<MigrationStep> steps) => _left = [.. steps];

    /// <summary>The first of the steps that are left is done.</summary>
    public void StepDone()
    {
        _done.Add(Name(_left[0]));
        _left.RemoveAt(0);
    }

    private static string Name(MigrationStep step) => $"{step.Target.Shown} {step.Script.Name}";
}

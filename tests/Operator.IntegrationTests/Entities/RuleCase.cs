namespace CodeRepoOperator.Entities;

/// <summary>A spec, and what an API server that has rules makes of it.</summary>
/// <param name="Spec">The spec, in JSON.</param>
/// <param name="Refusal">What the message says; null: it is taken.</param>
/// <param name="Before">What it was before, for rules that compare; null: it is new.</param>
internal sealed record RuleCase(string Spec, string? Refusal = null, string? Before = null)
{
    /// <summary>A spec of a URL and one other field.</summary>
    public static RuleCase Of(string field, string value, string? refusal = null) =>
        new($$"""{"git_url":"https://host/x","{{field}}":{{value}}}""", refusal);
}

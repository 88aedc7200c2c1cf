namespace CodeRepoOperator.Docs;

/// <summary>What the Ensure API responds.</summary>
/// <param name="Status">The status of HTTP.</param>
/// <param name="Body">JSON.</param>
/// <param name="RetryAfter">After how many seconds to ask again; null: not said.</param>
internal sealed record EnsureResponse(int Status, string Body, int? RetryAfter = null);

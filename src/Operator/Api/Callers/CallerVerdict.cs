using CodeRepoOperator.Api.Responses;
using CodeRepoOperator.Timing;

namespace CodeRepoOperator.Api.Callers;

/// <summary>What is known of who asks, or of whether they may.</summary>
/// <param name="Caller">Who it is; null: <paramref name="Problem"/> says why that is not known.</param>
/// <param name="Problem">Why not; null: it is well.</param>
/// <param name="Until">Until when this may be remembered.</param>
internal sealed record CallerVerdict(Caller? Caller, EnsureProblem? Problem, Deadline Until);

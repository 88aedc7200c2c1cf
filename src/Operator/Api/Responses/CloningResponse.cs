namespace CodeRepoOperator.Api.Responses;

/// <summary>That a clone is still being made, as it is written.</summary>
/// <param name="Reason">One word for programs.</param>
/// <param name="Detail">What to do next.</param>
internal sealed record CloningResponse(string Reason, string Detail);

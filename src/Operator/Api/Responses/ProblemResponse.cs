namespace CodeRepoOperator.Api.Responses;

/// <summary>A problem as it is written.</summary>
/// <param name="Type">Names the kind of problem.</param>
/// <param name="Title">The status in words.</param>
/// <param name="Status">The status.</param>
/// <param name="Detail">What happened and what to do next.</param>
/// <param name="Reason">One word for programs.</param>
internal sealed record ProblemResponse(string Type, string Title, int Status, string Detail, string Reason);

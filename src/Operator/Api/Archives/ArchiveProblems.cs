using CodeRepoOperator.Api.Responses;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Api.Archives;

/// <summary>Why a caller gets no archive. Those that are named may ask again.</summary>
internal static class ArchiveProblems
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    /// <summary>There is no clone yet.</summary>
    public static EnsureProblem StillCloning { get; } =
        new(StatusCodes.Status503ServiceUnavailable, Reasons.Cloning, "The clone is still being made; ask again.", RetryAfter);

    /// <summary>There is no slot.</summary>
    public static EnsureProblem Busy { get; } =
        new(
            StatusCodes.Status503ServiceUnavailable,
            ApiReasons.TooManyArchives,
            "Too many archives are being made at once; ask again.",
            RetryAfter
        );

    /// <summary>The operator stops.</summary>
    public static EnsureProblem Stopping { get; } = EnsureProblem.Stopping(RetryAfter);

    /// <summary>The clone is not whole, or the volume can't be read.</summary>
    public static EnsureProblem Unreadable { get; } =
        new(
            StatusCodes.Status503ServiceUnavailable,
            Reasons.StoreUnavailable,
            "The clone could not be read; it is being verified. Ask again.",
            RetryAfter
        );

    /// <summary>Writes a problem, in place of an archive whose headers may be set already.</summary>
    public static async Task<ArchiveResult> RefuseAsync(HttpContext context, EnsureProblem problem)
    {
        context.Response.Clear();
        await problem.WriteAsync(context);
        return ArchiveResult.Refused;
    }
}

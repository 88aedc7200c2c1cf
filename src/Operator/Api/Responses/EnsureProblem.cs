using System.Globalization;
using System.Text.Json;
using CodeRepoOperator.Cloning.Making;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace CodeRepoOperator.Api.Responses;

/// <summary>Why a caller does not get what was asked for, as <c>application/problem+json</c> (RFC 9457).</summary>
/// <param name="Status">The status of HTTP.</param>
/// <param name="Reason">One word for programs: of <see cref="ApiReasons"/> or <see cref="Reasons"/>.</param>
/// <param name="Detail">For people: what happened and what to do next. No credential.</param>
/// <param name="RetryAfter">After how long it is worth asking again; null: not before something changes.</param>
internal sealed record EnsureProblem(int Status, string Reason, string Detail, TimeSpan? RetryAfter = null)
{
    private const string ContentType = "application/problem+json";

    /// <summary>What stands before the reason in <c>type</c>: a name, nothing to be opened.</summary>
    private const string TypePrefix = "urn:coderepo:problem:";

    /// <summary>How long a store that does not know its CodeRepos yet, or is about to end, takes to be asked again.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    /// <summary>The request is not one that can be responded to.</summary>
    public static EnsureProblem Invalid(string detail) => new(StatusCodes.Status400BadRequest, ApiReasons.InvalidRequest, detail);

    /// <summary>The operator stops.</summary>
    /// <param name="retryAfter">After how long it is worth asking the next one.</param>
    public static EnsureProblem Stopping(TimeSpan retryAfter) =>
        new(
            StatusCodes.Status503ServiceUnavailable,
            ApiReasons.NotReady,
            "The operator is stopping; ask again, the next one responds.",
            retryAfter
        );

    /// <summary>What an outcome means for a caller; null: it is the clone, or it is still being made.</summary>
    public static EnsureProblem? Of(EnsureOutcome outcome) =>
        outcome switch
        {
            EnsureOutcome.NotThere => new EnsureProblem(
                StatusCodes.Status404NotFound,
                ApiReasons.NotFound,
                "There is no such CodeRepo, or it is being deleted; apply it first."
            ),
            EnsureOutcome.Suspended => new EnsureProblem(
                StatusCodes.Status409Conflict,
                Reasons.Suspended,
                "There is no clone of what the spec asks for, and spec.suspend keeps it from being made; set it to false first."
            ),
            EnsureOutcome.Starting => new EnsureProblem(
                StatusCodes.Status503ServiceUnavailable,
                ApiReasons.NotReady,
                "The operator has just started and does not know its CodeRepos yet; ask again.",
                Soon
            ),
            EnsureOutcome.Failed failed => new EnsureProblem(
                StatusCodes.Status503ServiceUnavailable,
                failed.Failure.Reason,
                failed.Failure.Message,
                failed.RetryIn
            ),
            _ => null,
        };

    /// <summary>Responds with it.</summary>
    public Task WriteAsync(HttpContext context)
    {
        var response = context.Response;
        response.StatusCode = Status;
        response.ContentType = ContentType;
        response.Headers.CacheControl = "no-store";
        if (RetryAfter is { } wait)
        {
            response.Headers.RetryAfter = Seconds(wait);
        }

        if (Status == StatusCodes.Status401Unauthorized)
        {
            response.Headers.WWWAuthenticate = "Bearer realm=\"coderepo\"";
        }

        var body = JsonSerializer.SerializeToUtf8Bytes(
            new ProblemResponse(
                TypePrefix + Reason,
                ReasonPhrases.GetReasonPhrase(Status),
                Status,
                ForeignText.Line(Detail, ForeignText.LongestMessage),
                Reason
            ),
            ApiJson.Default.ProblemResponse
        );
        response.ContentLength = body.Length;
        return response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    /// <summary>As <c>Retry-After</c> has it: whole seconds, none too early.</summary>
    public static string Seconds(TimeSpan wait) =>
        ((long)Math.Max(1, Math.Ceiling(wait.TotalSeconds))).ToString(CultureInfo.InvariantCulture);
}

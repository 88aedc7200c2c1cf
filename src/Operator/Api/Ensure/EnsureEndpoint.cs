using System.Buffers;
using System.Text.Json;
using CodeRepoOperator.Api.Callers;
using CodeRepoOperator.Api.Responses;
using CodeRepoOperator.Api.Serving;
using CodeRepoOperator.Cloning.Making;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Client;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Api.Ensure;

/// <summary><c>POST …/coderepos/{name}/ensure</c>: makes sure that the clone is there, and says where.</summary>
internal sealed class EnsureEndpoint(
    CallerAuthorizer callers,
    CloneRequests clones,
    EnsureResponses responses,
    IOptions<ApiOptions> options,
    EnsureApiMetrics metrics,
    TimeProvider time
)
{
    /// <summary>When a clone that is being made is worth asking for again: the next request waits itself.</summary>
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(1);

    private static readonly EnsureProblem Stopping = EnsureProblem.Stopping(AskAgain);

    private static readonly EnsureProblem HasBody = EnsureProblem.Invalid("The request takes no body; leave it out.");

    public async Task RespondAsync(HttpContext context)
    {
        var began = time.GetTimestamp();
        var problem = TryRead(context, out var key, out var wait) ?? await callers.AuthorizeAsync(context, key);
        if (problem is not null)
        {
            metrics.Refused(problem, time.GetElapsedTime(began));
            await problem.WriteAsync(context);
            return;
        }

        if (clones.FindWarm(key) is { } clone)
        {
            Write(context.Response, StatusCodes.Status200OK, responses.OfWarm(clone));
            metrics.Responded(EnsureApiMetrics.Warm, time.GetElapsedTime(began));
            return;
        }

        await RespondColdAsync(context, key, wait, began);
    }

    private EnsureProblem? TryRead(HttpContext context, out NamespacedName key, out TimeSpan wait)
    {
        wait = default;
        return RepoRoute.TryRead(context, out key)
            ?? WaitParameter.TryRead(context.Request, options.Value.MaxWait, out wait)
            ?? BodyProblem(context);
    }

    private static EnsureProblem? BodyProblem(HttpContext context) =>
        context.Request.ContentLength is null or 0
        && (context.Request.ContentLength is 0 || context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody != true)
            ? null
            : HasBody;

    private async Task RespondColdAsync(HttpContext context, NamespacedName key, TimeSpan wait, long began)
    {
        var outcome = await clones.EnsureAsync(key, wait, context.RequestAborted);
        string result;
        switch (outcome)
        {
            case EnsureOutcome.Available available:
                result = EnsureApiMetrics.Cold;
                Write(context.Response, StatusCodes.Status200OK, responses.Of(available.Published, available.Recloned));
                break;
            case EnsureOutcome.StillCloning:
                result = EnsureApiMetrics.Cloning;
                context.Response.Headers.RetryAfter = EnsureProblem.Seconds(AskAgain);
                context.Response.Headers.Location = context.Request.Path.Value;
                Write(
                    context.Response,
                    StatusCodes.Status202Accepted,
                    JsonSerializer.SerializeToUtf8Bytes(
                        new CloningResponse(
                            Reasons.Cloning,
                            "The clone is being made and goes on being made; ask again, with a longer wait if you like."
                        ),
                        ApiJson.Default.CloningResponse
                    )
                );
                break;
            default:
                var problem = outcome is null ? Stopping : EnsureProblem.Of(outcome)!;
                metrics.Refused(problem, time.GetElapsedTime(began));
                await problem.WriteAsync(context);
                return;
        }

        metrics.Responded(result, time.GetElapsedTime(began));
    }

    private static void Write(HttpResponse response, int status, ReadOnlySpan<byte> body)
    {
        response.StatusCode = status;
        response.ContentLength = body.Length;
        response.Headers.ContentType = "application/json";
        response.Headers.CacheControl = "no-store";
        response.BodyWriter.Write(body);
    }
}

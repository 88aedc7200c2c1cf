using CodeRepoOperator.Api.Responses;
using CodeRepoOperator.Api.Serving;

namespace CodeRepoOperator.Api;

/// <summary>
/// Responses for requests that no endpoint takes, and for endpoints that threw: what a caller did wrong is a problem of theirs, all else a
/// bug, which is logged.
/// </summary>
internal sealed class ApiErrorHandler(RequestDelegate next, ILogger log)
{
    private static readonly EnsureProblem NotFound = new(
        StatusCodes.Status404NotFound,
        ApiReasons.NotFound,
        "There is nothing at this path; /openapi/v1.json says what there is."
    );

    /// <summary>Handles a request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            if (context.Response is { StatusCode: StatusCodes.Status404NotFound, HasStarted: false } && context.GetEndpoint() is null)
            {
                await NotFound.WriteAsync(context);
            }
        }
        catch (Exception error) when (context.RequestAborted.IsCancellationRequested && error is OperationCanceledException or IOException)
        {
            // The caller has hung up.
        }
        catch (BadHttpRequestException error)
        {
            await RespondAsync(context, EnsureProblem.Invalid(error.Message) with { Status = error.StatusCode });
        }
        catch (Exception error)
        {
            log.RequestFailed(context.Request.Method, error);
            await RespondAsync(
                context,
                new EnsureProblem(
                    StatusCodes.Status500InternalServerError,
                    ApiReasons.InternalError,
                    "The operator has met a bug; see its log."
                )
            );
        }
    }

    /// <summary>A response that has begun can't become another: the connection ends in the middle of it.</summary>
    private static Task RespondAsync(HttpContext context, EnsureProblem problem)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return Task.CompletedTask;
        }

        context.Response.Clear();
        return problem.WriteAsync(context);
    }
}

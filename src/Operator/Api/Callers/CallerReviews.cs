using System.Net;
using System.Threading.RateLimiting;
using CodeRepoOperator.Api.Responses;
using CodeRepoOperator.Api.Serving;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Monitoring;
using CodeRepoOperator.Timing;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Api.Callers;

/// <summary>
/// Asks the API server who a token belongs to, and what its owner may do. Whatever keeps it from a response is a problem for the caller,
/// never a grant.
/// </summary>
internal sealed class CallerReviews(
    IKubernetes kubernetes,
    IOptions<ApiOptions> options,
    EnsureApiMetrics metrics,
    TimeProvider time,
    ILogger<CallerReviews> log
) : IDisposable
{
    /// <summary>How long a response may take: a caller who waits for it holds a place.</summary>
    private static readonly TimeSpan LongestResponse = TimeSpan.FromSeconds(10);

    /// <summary>When it is worth asking again after the API server could not be asked.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    /// <summary>How many run at once, of those that the API server lets one client have; the others wait, and beyond these none.</summary>
    private readonly ConcurrencyLimiter _places = new(new ConcurrencyLimiterOptions { PermitLimit = 16, QueueLimit = 4096 });

    private readonly LoggedFailures<string> _logged = new();

    /// <summary>Finds out whose a token is.</summary>
    public Task<CallerVerdict> ReviewAsync(string token, CancellationToken cancellationToken) =>
        AskAsync("token", ended => ReviewTokenAsync(token, ended), cancellationToken);

    /// <summary>Finds out whether a caller may have the clone of a CodeRepo.</summary>
    public Task<CallerVerdict> ReviewAsync(Caller caller, NamespacedName repo, CancellationToken cancellationToken) =>
        AskAsync("access", ended => ReviewAccessAsync(caller, repo, ended), cancellationToken);

    /// <inheritdoc />
    public void Dispose() => _places.Dispose();

    private async Task<CallerVerdict> ReviewTokenAsync(string token, CancellationToken cancellationToken)
    {
        var audience = options.Value.Audience;
        var review = new V1TokenReview
        {
            Spec = new V1TokenReviewSpec { Token = token, Audiences = [audience] },
        };
        var status = (await kubernetes.AuthenticationV1.CreateTokenReviewAsync(review, cancellationToken: cancellationToken)).Status;

        // An API server that does not look at audiences names none.
        return status is { Authenticated: true, User.Username.Length: > 0 } && status.Audiences?.Contains(audience) == true
            ? Granted(new Caller(status.User, Until(token)))
            : Denied(
                new EnsureProblem(
                    StatusCodes.Status401Unauthorized,
                    ApiReasons.Unauthenticated,
                    $"The API server does not take this token: it has expired, or is not made for the audience {audience}. Send one of "
                        + "a ServiceAccount that is."
                )
            );
    }

    private async Task<CallerVerdict> ReviewAccessAsync(Caller caller, NamespacedName repo, CancellationToken cancellationToken)
    {
        var review = new V1SubjectAccessReview
        {
            Spec = new V1SubjectAccessReviewSpec
            {
                User = caller.Name,
                Uid = caller.Identity.Uid,
                Groups = caller.Identity.Groups,
                Extra = caller.Identity.Extra,
                ResourceAttributes = new V1ResourceAttributes
                {
                    Group = CodeRepo.Group,
                    Resource = CodeRepo.Plural,
                    Subresource = "ensure",
                    Verb = "create",
                    NamespaceProperty = repo.Namespace,
                    Name = repo.Name,
                },
            },
        };
        var status = (await kubernetes.AuthorizationV1.CreateSubjectAccessReviewAsync(review, cancellationToken: cancellationToken)).Status;
        return status is { Allowed: true }
            ? Granted(caller)
            : Denied(
                new EnsureProblem(
                    StatusCodes.Status403Forbidden,
                    ApiReasons.Forbidden,
                    $"{caller.Name} may not create coderepos/ensure for {repo.Name} in the namespace {repo.Namespace}, whether or not "
                        + "it exists; bind the ClusterRole coderepo-ensurer there."
                )
            );
    }

    private async Task<CallerVerdict> AskAsync(
        string kind,
        Func<CancellationToken, Task<CallerVerdict>> reviewAsync,
        CancellationToken cancellationToken
    )
    {
        using var place = await _places.AcquireAsync(permitCount: 1, cancellationToken);
        if (!place.IsAcquired)
        {
            metrics.Reviewed(kind, "failed");
            return Unavailable("Too many new callers wait to be checked by the API server; ask again.");
        }

        using var timeout = new LinkedTimeout(LongestResponse, time, cancellationToken);
        try
        {
            var verdict = await reviewAsync(timeout.Token);
            metrics.Reviewed(kind, verdict.Problem is null ? "granted" : "denied");
            if (_logged.IsOver(kind))
            {
                log.ReviewsWork(kind);
            }

            return verdict;
        }
        catch (HttpOperationException error) when (error.Response.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized)
        {
            return Failed(
                kind,
                error,
                "The operator may not ask the API server who callers are: bind the ClusterRole system:auth-delegator to its ServiceAccount."
            );
        }
        catch (Exception error)
            when (error.IsApiError() || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return Failed(kind, error, "The API server can't be asked who callers are; ask again once it can be reached.");
        }
    }

    private CallerVerdict Failed(string kind, Exception error, string detail)
    {
        metrics.Reviewed(kind, "failed");
        if (_logged.IsNew(kind, error.GetType().Name + detail))
        {
            log.ReviewsFail(
                kind,
                error is OperationCanceledException ? $"no response within {LongestResponse.TotalSeconds} s" : error.Describe()
            );
        }

        return Unavailable(detail);
    }

    private static CallerVerdict Unavailable(string detail) =>
        new(
            null,
            new EnsureProblem(StatusCodes.Status503ServiceUnavailable, ApiReasons.AuthorizationUnavailable, detail, RetryAfter),
            Deadline.Passed
        );

    private CallerVerdict Granted(Caller caller) => new(caller, null, Sooner(options.Value.GrantLifetime, caller.Until.Left(time)));

    private CallerVerdict Denied(EnsureProblem problem) => new(null, problem, Deadline.In(time, options.Value.DenialLifetime));

    /// <summary>
    /// The expiry is the issuer's wall clock, so a clock of ours that is wrong must not prolong what is remembered: a grant never outlives
    /// its lifetime.
    /// </summary>
    private Deadline Until(string token) =>
        Sooner(options.Value.GrantLifetime, BearerToken.ExpiryOf(token) is { } expiry ? expiry - time.GetUtcNow() : TimeSpan.MaxValue);

    private Deadline Sooner(TimeSpan one, TimeSpan other) => Deadline.In(time, one < other ? one : other);
}

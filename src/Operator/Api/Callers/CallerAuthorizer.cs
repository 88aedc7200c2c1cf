using CodeRepoOperator.Api.Responses;
using CodeRepoOperator.Api.Serving;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Queueing;
using CodeRepoOperator.Runtime.Serving;
using CodeRepoOperator.Timing;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Api.Callers;

/// <summary>
/// Finds out who asks, and whether they may have the clone of a CodeRepo. Whether there is such a CodeRepo plays no part in it. What the
/// API server said is remembered for a while; then it costs one look into a table.
/// </summary>
internal sealed class CallerAuthorizer : IDisposable
{
    private static readonly EnsureProblem NoToken = new(
        StatusCodes.Status401Unauthorized,
        ApiReasons.Unauthenticated,
        "Send a token of a ServiceAccount, made for the operator's audience, as \"Authorization: Bearer TOKEN\"."
    );

    private readonly CallerReviews _reviews;
    private readonly VerdictCache<TokenDigest> _callers;
    private readonly VerdictCache<AccessKey> _accesses;
    private readonly RequestLimits _perCaller;
    private readonly RequestLimits _perAddress;

    /// <summary>What is asked for by many at once is asked once.</summary>
    private readonly SingleFlight<TokenDigest, bool, CallerVerdict> _tokenReviews = new();
    private readonly SingleFlight<AccessKey, bool, CallerVerdict> _accessReviews = new();

    public CallerAuthorizer(CallerReviews reviews, IOptions<ApiOptions> options, TimeProvider time)
    {
        _reviews = reviews;
        (_callers, _accesses) = (new VerdictCache<TokenDigest>(time), new VerdictCache<AccessKey>(time));
        (_perCaller, _perAddress) = (
            new RequestLimits(options.Value.RequestsPerSecond),
            new RequestLimits(options.Value.UnknownTokensPerSecond)
        );
    }

    /// <summary>Finds out whether the caller may <c>create</c> on <c>coderepos/ensure</c>, and counts the request.</summary>
    /// <param name="context">The request, with its bearer token.</param>
    /// <param name="key">The CodeRepo.</param>
    /// <returns>Why not, or why that can't be found out; null: granted.</returns>
    public ValueTask<EnsureProblem?> AuthorizeAsync(HttpContext context, NamespacedName key)
    {
        if (BearerToken.Of(context.Request) is not { } token)
        {
            return new(NoToken);
        }

        var access = new AccessKey(TokenDigest.Of(token), key);
        return _accesses.Find(access) is { Caller: { } caller } ? new(Count(caller)) : new(AskAsync(context, token, access));
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _reviews.Dispose();
        _callers.Dispose();
        _accesses.Dispose();
        _perCaller.Dispose();
        _perAddress.Dispose();
    }

    private async Task<EnsureProblem?> AskAsync(HttpContext context, string token, AccessKey access)
    {
        var known = _callers.Find(access.Token) ?? await IdentifyAsync(context, token, access.Token);
        if (known.Caller is not { } caller)
        {
            return known.Problem;
        }

        return Count(caller) ?? (_accesses.Find(access) ?? await DecideAsync(caller, access, context.RequestAborted)).Problem;
    }

    private async Task<CallerVerdict> IdentifyAsync(HttpContext context, string token, TokenDigest digest)
    {
        if (_perAddress.Take(PeerNetwork.NameOf(context.Connection.RemoteIpAddress)) is { } wait)
        {
            return new CallerVerdict(null, TooMany("This address sends too many unknown tokens", wait), Deadline.Passed);
        }

        return await _tokenReviews.RunAsync(
            digest,
            true,
            async ended =>
            {
                var verdict = _callers.Find(digest) ?? await _reviews.ReviewAsync(token, ended);
                _callers.Keep(digest, verdict);
                return verdict;
            },
            context.RequestAborted
        );
    }

    private Task<CallerVerdict> DecideAsync(Caller caller, AccessKey access, CancellationToken cancellationToken) =>
        _accessReviews.RunAsync(
            access,
            true,
            async ended =>
            {
                var verdict = _accesses.Find(access) ?? await _reviews.ReviewAsync(caller, access.Repo, ended);
                _accesses.Keep(access, verdict);
                return verdict;
            },
            cancellationToken
        );

    private EnsureProblem? Count(Caller caller) =>
        _perCaller.Take(caller.Name) is { } wait ? TooMany($"{caller.Name} asks too often", wait) : null;

    private static EnsureProblem TooMany(string what, TimeSpan wait) =>
        new(StatusCodes.Status429TooManyRequests, ApiReasons.TooManyRequests, $"{what}; ask again after the time in Retry-After.", wait);
}

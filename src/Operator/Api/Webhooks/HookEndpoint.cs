using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Threading.RateLimiting;
using CodeRepoOperator.Api.Responses;
using CodeRepoOperator.Cloning;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Runtime.Serving;
using CodeRepoOperator.Timing;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Api.Webhooks;

/// <summary>
/// <c>POST /v1/hooks/{provider}</c>: a git server reports a push, and the CodeRepos of that branch are polled at once. Nothing is read
/// out of a body whose signature is not good. The response does not say whether there are such CodeRepos.
/// </summary>
internal sealed class HookEndpoint(
    HookSecrets secrets,
    PushReceiver pushes,
    HookMetrics metrics,
    IOptions<HookOptions> options,
    TimeProvider time,
    ILogger<HookEndpoint> log
) : IDisposable
{
    public const string Pattern = "/v1/hooks/{provider}";

    /// <summary>How many bodies are read at once, and how many of the largest size may be in memory.</summary>
    private const int MostAtOnce = 64;
    private const int LargestAtOnce = 16;

    /// <summary>Of the refs that one push moved, in the log.</summary>
    private const int MostShown = 5;

    /// <summary>What may come at once, beyond the average.</summary>
    private const int BurstSeconds = 10;

    /// <summary>In which a body must have come: a short one sooner, the longest when providers give up themselves.</summary>
    private static readonly TimeSpan ShortestTimeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromSeconds(10);
    private const double SlowestBytesPerSecond = 500_000;

    private static readonly TimeSpan ComeAgain = TimeSpan.FromSeconds(5);

    private readonly HookDeliveries _deliveries = new(options.Value.ReplayMemory, time);
    private readonly HookBodies _bodies = new(MostAtOnce, (long)LargestAtOnce * options.Value.MaxBodyBytes);
    private readonly Dictionary<HookProvider, TokenBucketRateLimiter> _permits = Enum.GetValues<HookProvider>()
        .ToDictionary(
            provider => provider,
            _ => new TokenBucketRateLimiter(
                new TokenBucketRateLimiterOptions
                {
                    TokenLimit = options.Value.DeliveriesPerSecond * BurstSeconds,
                    TokensPerPeriod = options.Value.DeliveriesPerSecond,
                    ReplenishmentPeriod = TimeSpan.FromSeconds(1),
                    QueueLimit = 0,
                }
            )
        );

    public async Task RespondAsync(HttpContext context)
    {
        if (ProviderOf(context) is not { } provider || !secrets.AreSetFor(provider))
        {
            await new EnsureProblem(
                StatusCodes.Status404NotFound,
                ApiReasons.NotFound,
                "There is nothing at this path; webhooks are off unless a secret is set for them."
            ).WriteAsync(context);
            return;
        }

        var (result, problem) = await TakeCountedAsync(context, provider);
        if (problem is not null)
        {
            await problem.WriteAsync(context);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status202Accepted;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var limiter in _permits.Values)
        {
            limiter.Dispose();
        }
    }

    private async Task<(HookResult Result, EnsureProblem? Problem)> TakeCountedAsync(HttpContext context, HookProvider provider)
    {
        // What the server itself refuses (a body that is too large) and what breaks off is none that can be read either.
        var taken = (Result: HookResult.Invalid, Problem: (EnsureProblem?)null);
        try
        {
            return taken = await TakeAsync(context, provider);
        }
        finally
        {
            metrics.Took(provider, taken.Result);
        }
    }

    private async Task<(HookResult Result, EnsureProblem? Problem)> TakeAsync(HttpContext context, HookProvider provider)
    {
        // First of all: what is refused unread is read to its end by the server, so that the response arrives.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = Math.Max(options.Value.MaxBodyBytes, context.Request.ContentLength ?? 0);
        }

        if (!IsJson(context.Request))
        {
            return (
                HookResult.Invalid,
                new EnsureProblem(
                    StatusCodes.Status415UnsupportedMediaType,
                    ApiReasons.InvalidRequest,
                    "Deliveries are taken as JSON only; choose the content type application/json at the git server."
                )
            );
        }

        // Before anything is read: what can't be good takes no place from others.
        if (LengthProblem(context.Request) is { } wrongLength)
        {
            return (HookResult.Invalid, wrongLength);
        }

        if (!HookSignature.MayBeGood(provider, context.Request.Headers, secrets))
        {
            return (HookResult.Refused, NotSigned());
        }

        using var place = _bodies.Take(PeerNetwork.NameOf(context.Connection.RemoteIpAddress), context.Request.ContentLength!.Value);
        if (await ReadAsync(context, place) is not { } body)
        {
            // What is left of it is not waited for.
            context.Response.Headers.Connection = "close";
            return place.Evicted.IsCancellationRequested
                ? (HookResult.Limited, TooMany())
                : (
                    HookResult.Invalid,
                    new EnsureProblem(
                        StatusCodes.Status408RequestTimeout,
                        ApiReasons.InvalidRequest,
                        $"The body did not come within {TimeoutOf(context.Request).TotalSeconds:0.#} s."
                    )
                );
        }

        var good = secrets.Read(provider);
        return good.Count == 0
                ? (
                    HookResult.Unavailable,
                    new EnsureProblem(
                        StatusCodes.Status503ServiceUnavailable,
                        ApiReasons.AuthorizationUnavailable,
                        "The secret can't be read; the operator's log says why.",
                        ComeAgain
                    )
                )
            : !HookSignature.IsGood(provider, context.Request.Headers, body.Span, good) ? (HookResult.Refused, NotSigned())
            : Take(context.Request.Headers, provider, body);
    }

    /// <summary>What somebody sent who knows the secret.</summary>
    private (HookResult Result, EnsureProblem? Problem) Take(IHeaderDictionary headers, HookProvider provider, ReadOnlyMemory<byte> body)
    {
        if (!IsPush(headers, provider))
        {
            return (HookResult.Ignored, null);
        }

        PushDelivery? delivery;
        try
        {
            delivery = PushPayload.Read(provider, body);
        }
        catch (JsonException)
        {
            return (HookResult.Invalid, EnsureProblem.Invalid("The body is no JSON in UTF-8."));
        }

        if (delivery is not { Push: var push })
        {
            return (HookResult.Ignored, null);
        }

        // First of all, so that whoever sends one again and again takes no turn from others.
        var digest = DigestOf(provider, delivery, body.Span);
        if (digest is not null && !_deliveries.TryAdd(digest))
        {
            return (HookResult.Replayed, null);
        }

        using var permit = _permits[provider].AttemptAcquire();
        if (!permit.IsAcquired)
        {
            if (digest is not null)
            {
                _deliveries.Remove(digest);
            }

            return (HookResult.Limited, TooMany());
        }

        var count = pushes.Take(push);
        var (repository, references) = (RemoteText.Escaped(push.Repositories.First().ToString()), Shown(push.Refs));
        log.Pushed(provider, repository, references, count);
        return (count > 0 ? HookResult.Accepted : HookResult.Unmatched, null);
    }

    /// <returns>What distinguishes a delivery from others; null: nothing does, so that each is as good as new.</returns>
    private static string? DigestOf(HookProvider provider, PushDelivery delivery, ReadOnlySpan<byte> body) =>
        delivery.Id is { } id ? $"{provider}:{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(id)))}"
        : provider == HookProvider.Generic ? null
        : $"{provider}:{Convert.ToHexString(SHA256.HashData(body))}";

    private static string Shown(IReadOnlySet<string> references) =>
        references.Count switch
        {
            0 => "any ref",
            <= MostShown => RemoteText.Escaped(string.Join(", ", references)),
            var count => $"{RemoteText.Escaped(string.Join(", ", references.Take(MostShown)))} and {count - MostShown} more",
        };

    private EnsureProblem? LengthProblem(HttpRequest request) =>
        request.ContentLength switch
        {
            null => new EnsureProblem(
                StatusCodes.Status411LengthRequired,
                ApiReasons.InvalidRequest,
                "The delivery must say how long it is (Content-Length); no git server or proxy needs to leave that out."
            ),
            var length when length > options.Value.MaxBodyBytes => new EnsureProblem(
                StatusCodes.Status413PayloadTooLarge,
                ApiReasons.InvalidRequest,
                $"The delivery is larger than Hooks:MaxBodyBytes, {options.Value.MaxBodyBytes} bytes."
            ),
            _ => null,
        };

    private static TimeSpan TimeoutOf(HttpRequest request)
    {
        var timeout = ShortestTimeout + TimeSpan.FromSeconds((request.ContentLength ?? 0) / SlowestBytesPerSecond);
        return timeout < LongestTimeout ? timeout : LongestTimeout;
    }

    /// <returns>The body; null: it did not come in time, or had to make room.</returns>
    private async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpContext context, HookBodies.Place place)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, place.Evicted);
        using var timeout = new LinkedTimeout(TimeoutOf(context.Request), time, ended.Token);
        try
        {
            var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, timeout.Token);
            return body.GetBuffer().AsMemory(0, (int)body.Length);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            return null;
        }
    }

    private static HookProvider? ProviderOf(HttpContext context) =>
        context.Request.RouteValues["provider"] switch
        {
            "github" => HookProvider.GitHub,
            "gitlab" => HookProvider.GitLab,
            "gitea" => HookProvider.Gitea,
            "azuredevops" => HookProvider.AzureDevOps,
            "bitbucket" => HookProvider.Bitbucket,
            "generic" => HookProvider.Generic,
            _ => null,
        };

    private static bool IsJson(HttpRequest request) =>
        request.ContentType is { } type && type.Split(';')[0].Trim().Equals("application/json", StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// The header is not signed, and need not be: what it says only spares reading the body. A system hook of GitLab and a service hook of
    /// Azure DevOps say in their bodies alone what they are about.
    /// </summary>
    private static bool IsPush(IHeaderDictionary headers, HookProvider provider) =>
        provider switch
        {
            HookProvider.GitHub => headers["X-GitHub-Event"] == "push",
            HookProvider.Gitea => headers["X-Gitea-Event"] == "push",
            HookProvider.Bitbucket => headers["X-Event-Key"] == "repo:push",
            HookProvider.GitLab => headers["X-Gitlab-Event"].ToString() is "Push Hook" or "Tag Push Hook" or "System Hook",
            _ => true,
        };

    private static EnsureProblem NotSigned() =>
        new(
            StatusCodes.Status401Unauthorized,
            ApiReasons.Unauthenticated,
            "The delivery is not signed with a secret that is known here, nor shows one; set the same one on both sides."
        );

    private static EnsureProblem TooMany() =>
        new(
            StatusCodes.Status429TooManyRequests,
            ApiReasons.TooManyRequests,
            "Too many deliveries come at once; send this one again later.",
            ComeAgain
        );
}

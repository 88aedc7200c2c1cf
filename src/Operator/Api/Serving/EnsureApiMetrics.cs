using CodeRepoOperator.Api.Responses;
using Prometheus;

namespace CodeRepoOperator.Api.Serving;

/// <summary>What the API counts.</summary>
internal sealed class EnsureApiMetrics
{
    /// <summary>The clone was there.</summary>
    public const string Warm = "warm";

    /// <summary>The clone was made while the caller waited.</summary>
    public const string Cold = "cold";

    /// <summary>It is still being made.</summary>
    public const string Cloning = "cloning";

    /// <summary>It could not be had: 503 with the reason of the clone.</summary>
    public const string Failed = "failed";

    private static readonly string[] Results =
    [
        Warm,
        Cold,
        Cloning,
        Failed,
        "invalid",
        "unauthenticated",
        "forbidden",
        "not_found",
        "suspended",
        "limited",
        "unavailable",
    ];

    private readonly Counter _requests;
    private readonly Histogram _duration;
    private readonly Counter _reviews;
    private readonly Counter.Child _warm;

    public EnsureApiMetrics(IMetricFactory metrics)
    {
        _requests = metrics.CreateCounter(
            "coderepo_ensure_requests_total",
            "Requests to ensure a clone by result: warm (it was there), cold (made meanwhile), cloning (202), failed (503, no clone to "
                + "be had), "
                + "invalid, unauthenticated, forbidden, not_found, suspended, limited (429), unavailable (503, the caller could not be "
                + "judged).",
            ["result"]
        );
        _duration = metrics.CreateHistogram(
            "coderepo_ensure_duration_seconds",
            "How long a request to ensure a clone took, refused ones included.",
            new HistogramConfiguration { Buckets = Histogram.ExponentialBuckets(0.0005, 4, 10) }
        );
        _reviews = metrics.CreateCounter(
            "coderepo_api_reviews_total",
            "What the API server was asked about callers, by kind (token: who is it, access: may they) and result (granted, denied, "
                + "failed).",
            ["kind", "result"]
        );
        _warm = _requests.WithLabels(Warm);
        foreach (var result in Results)
        {
            _requests.WithLabels(result);
        }

        foreach (var kind in (string[])["token", "access"])
        {
            foreach (var result in (string[])["granted", "denied", "failed"])
            {
                _reviews.WithLabels(kind, result);
            }
        }
    }

    public void Responded(string result, TimeSpan duration)
    {
        (result == Warm ? _warm : _requests.WithLabels(result)).Inc();
        _duration.Observe(duration.TotalSeconds);
    }

    /// <summary>Counts a request that was refused.</summary>
    public void Refused(EnsureProblem problem, TimeSpan duration) =>
        Responded(
            problem switch
            {
                { Status: StatusCodes.Status401Unauthorized } => "unauthenticated",
                { Status: StatusCodes.Status403Forbidden } => "forbidden",
                { Status: StatusCodes.Status404NotFound } => "not_found",
                { Status: StatusCodes.Status409Conflict } => "suspended",
                { Status: StatusCodes.Status429TooManyRequests } => "limited",
                { Reason: ApiReasons.AuthorizationUnavailable or ApiReasons.NotReady } => "unavailable",
                { Status: StatusCodes.Status503ServiceUnavailable } => Failed,
                _ => "invalid",
            },
            duration
        );

    /// <summary>Counts a question to the API server.</summary>
    public void Reviewed(string kind, string result) => _reviews.WithLabels(kind, result).Inc();
}

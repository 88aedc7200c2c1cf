using System.Globalization;
using System.Threading.RateLimiting;
using CodeRepoOperator.Api.Callers;
using CodeRepoOperator.Api.Ensure;
using CodeRepoOperator.Api.Responses;
using CodeRepoOperator.Api.Serving;
using CodeRepoOperator.Cloning;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Inspecting;
using CodeRepoOperator.Cloning.Making;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Timing;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace CodeRepoOperator.Api.Archives;

/// <summary>
/// <c>GET …/coderepos/{name}/archive.tar.gz</c>: the tree of the published commit, for consumers that can't mount the volume. The clone is
/// ensured first, as for <see cref="EnsureEndpoint"/>.
/// </summary>
internal sealed class ArchiveEndpoint(
    CallerAuthorizer callers,
    CloneProvider clones,
    CloneStore store,
    DamageReport damage,
    ArchiveMetrics metrics,
    IHostApplicationLifetime lifetime,
    IOptions<ApiOptions> options,
    TimeProvider time,
    ILogger<ArchiveEndpoint> log) : IDisposable
{
    /// <summary>How many requests may wait for their turn; each costs a connection. Those beyond are told to come again.</summary>
    private const int LongestLine = 256;

    /// <summary>An update or two may come between finding a clone and opening it, not many.</summary>
    private const int Attempts = 3;

    private static readonly TimeSpan ComeAgain = TimeSpan.FromSeconds(5);

    private static readonly EnsureProblem StillCloning = new(
        StatusCodes.Status503ServiceUnavailable, Reasons.Cloning, "The clone is still being made; ask again.", ComeAgain);

    private static readonly EnsureProblem Busy = new(
        StatusCodes.Status503ServiceUnavailable, ApiReasons.TooManyArchives, "Too many archives are being made at once; ask again.", ComeAgain);

    private static readonly EnsureProblem Ending = new(
        StatusCodes.Status503ServiceUnavailable, ApiReasons.NotReady, "The operator is about to end; ask again, the next one answers.", ComeAgain);

    private readonly ConcurrencyLimiter _places = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = options.Value.MaxArchives,
        QueueLimit = LongestLine,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    /// <summary>Answers a request.</summary>
    public async Task AnswerAsync(HttpContext context)
    {
        var (path, wait) = (ArchivePath.Whole, TimeSpan.Zero);
        var problem = RepoRoute.TryRead(context, out var key)
            ?? WaitParameter.TryRead(context.Request, options.Value.MaxWait, out wait)
            ?? TryRead(context.Request, out path)
            ?? await callers.AuthorizeAsync(context, key);
        var result = problem is null ? await AnswerAsync(context, new Wish(key, path, wait)) : await TellAsync(context, problem);
        metrics.Answered(result);
    }

    /// <inheritdoc />
    public void Dispose() => _places.Dispose();

    private static EnsureProblem? TryRead(HttpRequest request, out ArchivePath path)
    {
        var read = request.Query["path"] is { Count: > 1 } ? null : ArchivePath.Parse(request.Query["path"]);
        path = read ?? ArchivePath.Whole;
        return read is not null ? null : EnsureProblem.Invalid(
            "The parameter path must be one path from the top folder of the repository, as src/lib: without a slash in front, '..' or '.git'.");
    }

    /// <returns>What came of it; null: the operator is about to end.</returns>
    private async Task<EnsureOutcome?> EnsureAsync(Wish wish, CancellationToken left)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(left, lifetime.ApplicationStopping);
        try
        {
            return await clones.EnsureAsync(wish.Key, wish.Wait, ended.Token);
        }
        catch (OperationCanceledException) when (!left.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task<ArchiveResult> AnswerAsync(HttpContext context, Wish wish)
    {
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            var outcome = await EnsureAsync(wish, context.RequestAborted);
            if (outcome is not EnsureOutcome.Available available)
            {
                return await TellAsync(context, outcome is null ? Ending : EnsureProblem.Of(outcome) ?? StillCloning);
            }

            var clone = available.Published;
            WriteHeaders(context.Response, clone);
            if (IsKnownToCaller(context.Request, clone))
            {
                context.Response.StatusCode = StatusCodes.Status304NotModified;
                return ArchiveResult.NotModified;
            }

            if (await SendAsync(context, clone, wish) is { } result)
            {
                return result;
            }
        }

        return await TellAsync(context, Busy);
    }

    /// <returns>What came of it; null: nothing was sent, and the clone is not there any more.</returns>
    private async Task<ArchiveResult?> SendAsync(HttpContext context, PublishedClone clone, Wish wish)
    {
        using var place = await TakePlaceAsync(wish.Wait, context.RequestAborted);
        if (place is not { IsAcquired: true })
        {
            return await TellAsync(context, Busy);
        }

        if (Open(clone, wish.Path) is not { } opened)
        {
            return null;
        }

        using var archive = opened.Archive;
        if (opened.Flaw is { } flaw)
        {
            return await FailAsync(context, clone, flaw);
        }

        if (!archive!.IsFound)
        {
            return await TellAsync(context, new EnsureProblem(
                StatusCodes.Status404NotFound, ApiReasons.NotFound, $"Commit {clone.Marker.Commit} has nothing at the path {wish.Path.Shown}."));
        }

        if (HttpMethods.IsHead(context.Request.Method))
        {
            return ArchiveResult.Sent;
        }

        return await WriteAsync(context, clone, archive) is { } broken ? await FailAsync(context, clone, broken) : ArchiveResult.Sent;
    }

    /// <returns>The archive, or why there is none; null: the clone is not there any more.</returns>
    private TreeArchive.Attempted? Open(PublishedClone clone, ArchivePath path)
    {
        try
        {
            return store.Open(clone) is { } tree ? TreeArchive.Open(tree, path) : null;
        }
        catch (IOException error)
        {
            return new TreeArchive.Attempted(null, new ArchiveFlaw(error.Message, IsDamage: false));
        }
    }

    private async Task<ArchiveFlaw?> WriteAsync(HttpContext context, PublishedClone clone, TreeArchive archive)
    {
        // Who does not keep pace holds a place that others wait for, and is cut off.
        await using var output = new PacedOutput(context.Response.Body, context.Abort, time);
        return await ArchiveCompression.WriteAsync(archive, clone.Marker, output, context.RequestAborted);
    }

    /// <summary>What was sent can't be taken back: the connection ends in the middle of it, which no reader takes for the end.</summary>
    private async Task<ArchiveResult> FailAsync(HttpContext context, PublishedClone clone, ArchiveFlaw flaw)
    {
        if (!store.Has(clone))
        {
            log.ArchiveOvertaken(clone.Key, clone.Marker.Commit);
        }
        else if (flaw.IsDamage)
        {
            await damage.TellOfTreeAsync(clone, flaw.Detail);
        }
        else
        {
            log.ArchiveUnreadable(clone.Key, flaw.Detail);
        }

        if (!context.Response.HasStarted)
        {
            await TellAsync(context, new EnsureProblem(
                StatusCodes.Status503ServiceUnavailable, Reasons.StoreUnavailable, "The clone could not be read; it is being looked at. Ask again.", ComeAgain));
        }
        else
        {
            context.Abort();
        }

        return ArchiveResult.Broken;
    }

    private async Task<RateLimitLease?> TakePlaceAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        // A place that is free is for those as well who do not wait: no time at all has elapsed before anything is tried.
        if (_places.AttemptAcquire(permitCount: 1) is { IsAcquired: true } free)
        {
            return free;
        }

        using var timeout = new LinkedTimeout(wait, time, cancellationToken);
        try
        {
            return await _places.AcquireAsync(permitCount: 1, timeout.Token);
        }
        catch (OperationCanceledException) when (timeout.HasElapsed)
        {
            return null;
        }
    }

    private static void WriteHeaders(HttpResponse response, PublishedClone clone)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/gzip";
        response.Headers.ETag = TagOf(clone);

        // Whoever keeps it has to ask whether it is still the one, and nobody keeps it for others.
        response.Headers.CacheControl = "private, no-cache";
        response.Headers.ContentDisposition = string.Create(
            CultureInfo.InvariantCulture, $"attachment; filename=\"{clone.Key.Name}-{clone.Marker.Commit[..12]}.tar.gz\"");
    }

    /// <summary>As <c>If-None-Match</c> is compared (RFC 9110): weak tags are as good as strong ones.</summary>
    private static bool IsKnownToCaller(HttpRequest request, PublishedClone clone)
        => EntityTagHeaderValue.TryParseList([.. request.Headers.IfNoneMatch.OfType<string>()], out var tags)
            && tags.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Compare(new EntityTagHeaderValue(TagOf(clone)), useStrongComparison: false));

    private static string TagOf(PublishedClone clone) => $"\"{clone.Marker.Commit}\"";

    private static async Task<ArchiveResult> TellAsync(HttpContext context, EnsureProblem problem)
    {
        context.Response.Clear();
        await problem.WriteAsync(context);
        return ArchiveResult.Refused;
    }

    /// <summary>What a caller asks for.</summary>
    private sealed record Wish(NamespacedName Key, ArchivePath Path, TimeSpan Wait);
}

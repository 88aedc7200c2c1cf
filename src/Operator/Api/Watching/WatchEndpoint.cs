using System.Buffers;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using CodeRepoOperator.Api.Callers;
using CodeRepoOperator.Api.Responses;
using CodeRepoOperator.Api.Serving;
using CodeRepoOperator.Cloning;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Runtime.Client;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Api.Watching;

/// <summary>
/// <c>GET …/coderepos/{name}/watch</c>: says which tree is published, and then each time that there is another, as server-sent events (the
/// HTML standard, "Server-sent events").
/// </summary>
internal sealed class WatchEndpoint(
    CallerAuthorizer callers,
    CloneFinder clones,
    CloneWatches watches,
    WatchMetrics metrics,
    IOptions<StoreOptions> store
)
{
    private const string Published = "published";
    private const string Deleted = "deleted";

    /// <summary>Sent when there is nothing to say, so that nobody in between takes the connection for dead.</summary>
    private const string Alive = "alive";

    private const string LastEventId = "Last-Event-ID";

    /// <summary>
    /// How often it is looked without a word of a change, and said that the connection is alive: proxies wait 30 s and more.
    /// </summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(15);

    /// <summary>How long clients wait before they connect again.</summary>
    private static readonly TimeSpan ComeAgain = TimeSpan.FromSeconds(2);

    private static readonly EnsureProblem TooMany = new(
        StatusCodes.Status503ServiceUnavailable,
        ApiReasons.TooManyWatches,
        "Too many watches are open, of this namespace or of all; ask again, or have the administrator raise Api:MaxWatches.",
        RetryAfter: TimeSpan.FromSeconds(5)
    );

    public async Task RespondAsync(HttpContext context)
    {
        var problem = RepoRoute.TryRead(context, out var key) ?? await callers.AuthorizeAsync(context, key) ?? ProblemOf(key);
        using var watch = problem is null ? watches.TryOpen(key) : null;
        if (watch is null)
        {
            metrics.Refused();
            await (problem ?? TooMany).WriteAsync(context);
            return;
        }

        using var opened = metrics.Opened();
        WriteHeaders(context.Response);
        using var ended = watches.WhileServed(context.RequestAborted);
        try
        {
            await SseFormatter.WriteAsync(EventsAsync(context, watch, ended.Token), context.Response.Body, Format, ended.Token);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The caller has hung up, or the operator ends: the next one goes on from the last event.
        }
    }

    /// <summary>Why there is nothing to watch.</summary>
    private EnsureProblem? ProblemOf(NamespacedName key) => clones.FindMissing(key) is { } missing ? EnsureProblem.Of(missing) : null;

    private static void WriteHeaders(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";

        // nginx, which keeps a response until there is enough of it.
        response.Headers["X-Accel-Buffering"] = "no";
    }

    private async IAsyncEnumerable<SseItem<PublishedTree?>> EventsAsync(
        HttpContext context,
        CloneWatch watch,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var known = context.Request.Headers[LastEventId].ToString();
        yield return new SseItem<PublishedTree?>(null, Alive) { ReconnectionInterval = ComeAgain };
        while (true)
        {
            if (clones.FindMissing(watch.Key) is not null)
            {
                yield return new SseItem<PublishedTree?>(null, Deleted);
                yield break;
            }

            if (clones.FindWarm(watch.Key) is { } clone && PublishedTree.IdOf(clone) is var id && id != known)
            {
                known = id;
                metrics.Published();
                yield return new SseItem<PublishedTree?>(PublishedTree.Of(clone, store.Value), Published) { EventId = id };
            }

            if (!await watch.WaitAsync(Quiet, cancellationToken))
            {
                yield return new SseItem<PublishedTree?>(null, Alive);
            }

            // Rights and tokens end while it is watched.
            if (await callers.AuthorizeAsync(context, watch.Key) is not null)
            {
                yield break;
            }
        }
    }

    private static void Format(SseItem<PublishedTree?> item, IBufferWriter<byte> output)
    {
        using var json = new Utf8JsonWriter(output);
        if (item.Data is { } tree)
        {
            JsonSerializer.Serialize(json, tree, ApiJson.Default.PublishedTree);
        }
        else
        {
            json.WriteStartObject();
            json.WriteEndObject();
        }
    }
}

using System.Globalization;
using CodeRepoOperator.Api.Callers;
using CodeRepoOperator.Api.Ensure;
using CodeRepoOperator.Api.Responses;
using CodeRepoOperator.Api.Serving;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Making;
using CodeRepoOperator.Runtime.Client;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace CodeRepoOperator.Api.Archives;

/// <summary>
/// <c>GET …/coderepos/{name}/archive.tar.gz</c>: the tree of the published commit, for consumers that can't mount the volume. The clone is
/// ensured first, as for <see cref="EnsureEndpoint"/>.
/// </summary>
internal sealed class ArchiveEndpoint(
    CallerAuthorizer callers,
    CloneRequests clones,
    ArchiveSlots slots,
    ArchiveSender sender,
    ArchiveMetrics metrics,
    IOptions<ApiOptions> options
)
{
    /// <summary>An update or two may come between finding a clone and opening it, not many.</summary>
    private const int Attempts = 3;

    public async Task RespondAsync(HttpContext context)
    {
        var (path, wait) = (ArchivePath.Whole, TimeSpan.Zero);
        var problem = RepoRoute.TryRead(context, out var key)
            ?? WaitParameter.TryRead(context.Request, options.Value.MaxWait, out wait)
            ?? TryRead(context.Request, out path)
            ?? await callers.AuthorizeAsync(context, key);
        var result = problem is null
            ? await RespondAsync(context, new ArchiveRequest(key, path, wait))
            : await ArchiveProblems.RefuseAsync(context, problem);
        metrics.Responded(result);
    }

    private static EnsureProblem? TryRead(HttpRequest request, out ArchivePath path)
    {
        var read = request.Query["path"] is { Count: > 1 } ? null : ArchivePath.Parse(request.Query["path"]);
        path = read ?? ArchivePath.Whole;
        return read is not null
            ? null
            : EnsureProblem.Invalid(
                "The parameter path must be one path from the top directory of the repository, as src/lib: without a slash in front, "
                    + "'..' or '.git'."
            );
    }

    private async Task<ArchiveResult> RespondAsync(HttpContext context, ArchiveRequest request)
    {
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            var outcome = await clones.EnsureAsync(request.Key, request.Wait, context.RequestAborted);
            if (outcome is not EnsureOutcome.Available available)
            {
                return await ArchiveProblems.RefuseAsync(
                    context,
                    outcome is null ? ArchiveProblems.Stopping : EnsureProblem.Of(outcome) ?? ArchiveProblems.StillCloning
                );
            }

            var clone = available.Published;
            WriteHeaders(context.Response, clone);
            if (IsKnownToCaller(context.Request, clone))
            {
                context.Response.StatusCode = StatusCodes.Status304NotModified;
                return ArchiveResult.NotModified;
            }

            using var slot = await slots.TakeAsync(request.Wait, context.RequestAborted);
            if (slot is null)
            {
                break;
            }

            if (await sender.SendAsync(context, clone, request.Path) is { } result)
            {
                return result;
            }
        }

        return await ArchiveProblems.RefuseAsync(context, ArchiveProblems.Busy);
    }

    private static void WriteHeaders(HttpResponse response, PublishedClone clone)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/gzip";
        response.Headers.ETag = TagOf(clone);

        // Whoever keeps it has to ask whether it is still the one, and nobody keeps it for others.
        response.Headers.CacheControl = "private, no-cache";
        response.Headers.ContentDisposition = string.Create(
            CultureInfo.InvariantCulture,
            $"attachment; filename=\"{clone.Key.Name}-{clone.Marker.Commit[..12]}.tar.gz\""
        );
    }

    /// <summary>As <c>If-None-Match</c> is compared (RFC 9110): weak tags are as good as strong ones.</summary>
    private static bool IsKnownToCaller(HttpRequest request, PublishedClone clone) =>
        EntityTagHeaderValue.TryParseList([.. request.Headers.IfNoneMatch.OfType<string>()], out var tags)
        && tags.Any(tag =>
            tag.Equals(EntityTagHeaderValue.Any) || tag.Compare(new EntityTagHeaderValue(TagOf(clone)), useStrongComparison: false)
        );

    private static string TagOf(PublishedClone clone) => $"\"{clone.TreeName}\"";

    /// <summary>What a caller asks for.</summary>
    private sealed record ArchiveRequest(NamespacedName Key, ArchivePath Path, TimeSpan Wait);
}

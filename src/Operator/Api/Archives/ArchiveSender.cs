using CodeRepoOperator.Api.Responses;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Inspecting;

namespace CodeRepoOperator.Api.Archives;

/// <summary>Reads a clone into the body of a response, and reports a clone that can't be read.</summary>
internal sealed class ArchiveSender(CloneStore store, DamageReport damage, TimeProvider time, ILogger<ArchiveSender> log)
{
    /// <summary>Sends an archive, whose headers are set already.</summary>
    /// <param name="context">The request. A <c>HEAD</c> gets no body.</param>
    /// <param name="clone">The clone.</param>
    /// <param name="path">What of it.</param>
    /// <returns>What came of it; null: nothing was sent, and the clone is not there any more.</returns>
    public async Task<ArchiveResult?> SendAsync(HttpContext context, PublishedClone clone, ArchivePath path)
    {
        if (Open(clone, path) is not { } opened)
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
            return await ArchiveProblems.RefuseAsync(
                context,
                new EnsureProblem(
                    StatusCodes.Status404NotFound,
                    ApiReasons.NotFound,
                    $"Commit {clone.Marker.Commit} has nothing at the path {path.Shown}."
                )
            );
        }

        if (HttpMethods.IsHead(context.Request.Method))
        {
            return ArchiveResult.Sent;
        }

        return await WriteAsync(context, clone, archive) is { } broken ? await FailAsync(context, clone, broken) : ArchiveResult.Sent;
    }

    /// <returns>The archive, or why there is none; null: the clone is not there any more.</returns>
    private TreeArchiveResult? Open(PublishedClone clone, ArchivePath path)
    {
        try
        {
            var marker = clone.Marker;
            return store.Open(clone) is { } tree
                ? TreeArchive.Open(tree, marker.Submodules?.Fetched ?? [], path, marker.Sparse?.Asked)
                : null;
        }
        catch (IOException error)
        {
            return new TreeArchiveResult(null, new ArchiveFlaw(error.Message, IsDamage: false));
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
        await ReportAsync(clone, flaw);
        if (context.Response.HasStarted)
        {
            context.Abort();
        }
        else
        {
            await ArchiveProblems.RefuseAsync(context, ArchiveProblems.Unreadable);
        }

        return ArchiveResult.Broken;
    }

    private async Task ReportAsync(PublishedClone clone, ArchiveFlaw flaw)
    {
        if (!store.Has(clone))
        {
            log.ArchiveOvertaken(clone.Key, clone.Marker.Commit);
        }
        else if (flaw.IsDamage)
        {
            await damage.ReportTreeAsync(clone, flaw.Detail);
        }
        else
        {
            log.ArchiveUnreadable(clone.Key, flaw.Detail);
        }
    }
}

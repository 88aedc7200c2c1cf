using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>
/// What of a clone's budget is left for its submodules, which are made several at once, and for files of Git LFS: no two may count on the
/// same bytes.
/// </summary>
/// <param name="whole">The budget of the clone, all of these included.</param>
internal sealed class ContentBudget(CloneBudget whole)
{
    /// <summary>The directories on the way, the file <c>.git</c>: what git keeps of a submodule beside the clone of it.</summary>
    private const int OwnFiles = 8;

    /// <summary>Guards what is left: it is taken and given back by all that run.</summary>
    private readonly Lock _lock = new();
    private long _bytes = whole.Bytes;
    private long _files = whole.Files;

    /// <summary>Of the settings that bound a clone, those bound it with all that is fetched for it.</summary>
    public static ContentBudget Of(CloneOrder order, GitOptions options)
    {
        var budget = order.Budget ?? throw new ArgumentException("The clone has no budget.", nameof(order));
        var limit = options.MaxCloneBytes;
        return new ContentBudget(
            budget.Bytes <= limit
                ? budget
                : budget with
                {
                    Bytes = limit,
                    WhenExceeded = new CloneFailure(
                        Reasons.TooLarge,
                        $"The clone with its submodules and Git LFS files takes more than {limit} bytes: choose another branch, have the "
                            + "administrator raise Git:MaxCloneBytes, or take spec.submodules or spec.lfs out."
                    ),
                }
        );
    }

    /// <summary>Counts what is there for good.</summary>
    public void Count(CloneSize? size)
    {
        lock (_lock)
        {
            _bytes -= (size?.Bytes - size?.SharedBytes) ?? 0;
            _files -= (size?.Files - size?.SharedFiles) ?? 0;
        }
    }

    /// <summary>Takes a part of what is left.</summary>
    /// <param name="parts">How many there are to be.</param>
    public CloneBudget Take(int parts)
    {
        lock (_lock)
        {
            var share = whole with { Bytes = Math.Max(0, _bytes / parts), Files = Math.Max(0, (_files / parts) - OwnFiles) };
            _bytes -= share.Bytes;
            _files -= share.Files + OwnFiles;
            return share;
        }
    }

    /// <summary>Gives back what was taken, less what is there for good.</summary>
    /// <param name="share">What was taken.</param>
    /// <param name="used">What was made; null: nothing is left of it.</param>
    public void GiveBack(CloneBudget share, CloneSize? used)
    {
        lock (_lock)
        {
            _bytes += share.Bytes;
            _files += share.Files + (used is null ? OwnFiles : 0);
        }

        Count(used);
    }
}

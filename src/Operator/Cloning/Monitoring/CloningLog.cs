using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Runtime.Client;

namespace CodeRepoOperator.Cloning.Monitoring;

/// <summary>What cloning logs.</summary>
internal static partial class CloningLog
{
    /// <summary>Logs what was done to a clone.</summary>
    public static void Changed(this ILogger log, NamespacedName repo, CloneChange change, CloneMarker now)
    {
        var checkedOut = now.Branch is { } branch ? $"branch {branch}" : now.CheckedOut;
        switch (change)
        {
            case CloneChange.Cloned:
                log.Cloned(repo, now.Url, checkedOut, now.Commit);
                break;
            case CloneChange.Recloned recloned:
                log.Recloned(repo, now.Url, checkedOut, now.Commit, recloned.Loss);
                break;
            case CloneChange.Updated updated:
                log.Updated(repo, checkedOut, updated.FromCommit, now.Commit);
                break;
            default:
                break;
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "{Path} is a link or a file and not the directory that belongs there: it is called {Aside} now"
    )]
    public static partial void SetAside(this ILogger log, string path, string aside);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The clone of {Repo} could not be looked at, and stays as it is: {Error}. Trying again"
    )]
    public static partial void CloneNotLookedAt(this ILogger log, NamespacedName repo, string error);

    [LoggerMessage(Level = LogLevel.Information, Message = "Cloned {Repo} from {Url}, {CheckedOut}, commit {Commit}")]
    private static partial void Cloned(this ILogger log, NamespacedName repo, string url, string checkedOut, string commit);

    [LoggerMessage(Level = LogLevel.Information, Message = "Cloned {Repo} again from {Url}, {CheckedOut}, commit {Commit}: {Loss}")]
    private static partial void Recloned(
        this ILogger log,
        NamespacedName repo,
        string url,
        string checkedOut,
        string commit,
        CloneLoss loss
    );

    [LoggerMessage(Level = LogLevel.Information, Message = "Updated {Repo}, {CheckedOut}, from {From} to {To}")]
    private static partial void Updated(this ILogger log, NamespacedName repo, string checkedOut, string from, string to);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "{Repo} waits for the first clone of the repository, that of {Other}, to be built on it"
    )]
    public static partial void WaitsForClone(this ILogger log, NamespacedName repo, NamespacedName other);

    [LoggerMessage(Level = LogLevel.Information, Message = "Removed the clone of {Repo}")]
    public static partial void Removed(this ILogger log, NamespacedName repo);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "{Repo} is released. Its clone stays on the volume until the store can be used: {Failure}"
    )]
    public static partial void NotRemoved(this ILogger log, NamespacedName repo, string failure);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Removed the clone of {Repo} from the volume: there is no CodeRepo of uid {Uid} any more"
    )]
    public static partial void OrphanCollected(this ILogger log, NamespacedName repo, string uid);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The volume could not be looked through for clones of CodeRepos that are gone: {Error}. Trying again"
    )]
    public static partial void OrphansNotCollected(this ILogger log, string error);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "{Repo} is requested and its clone is not there: it is made before those that nobody waits for"
    )]
    public static partial void AskedFor(this ILogger log, NamespacedName repo);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The clone of {Repo} is lost: {Loss}. Cloning it again")]
    public static partial void CloneLost(this ILogger log, NamespacedName repo, CloneLoss loss);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The clone of {Repo} is damaged: {Loss} ({Detail})")]
    public static partial void CloneDamaged(this ILogger log, NamespacedName repo, CloneLoss loss, string detail);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "The clone of {Repo} at {Commit} was made again and looks damaged as before: {Loss} ({Detail}). It stays: the check "
            + "does not understand it"
    )]
    public static partial void VerificationUnsupported(this ILogger log, NamespacedName repo, string commit, CloneLoss loss, string detail);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The clone of {Repo} was read whole, {Bytes} bytes, and is as it was published")]
    public static partial void CloneWhole(this ILogger log, NamespacedName repo, long bytes);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The clone of {Repo} could not be checked: {Failure}. It is tried again each time that it is due"
    )]
    public static partial void DeepCheckFailed(this ILogger log, NamespacedName repo, string failure);

    [LoggerMessage(Level = LogLevel.Information, Message = "Consolidated the clone of {Repo} at {Commit}: {Before} packs became {After}")]
    public static partial void Consolidated(this ILogger log, NamespacedName repo, string commit, int before, int after);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "The clone of {Repo} could not be made anew to have one pack in place of {Packs}: {Reason}: {Failure}. It stays, and is "
            + "tried again in an hour or more"
    )]
    public static partial void NotConsolidated(this ILogger log, NamespacedName repo, int packs, string reason, string failure);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Repo}: {Reason}: {Failure}")]
    public static partial void CloneFailed(this ILogger log, NamespacedName repo, string reason, string failure);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Repo} works again")]
    public static partial void Recovered(this ILogger log, NamespacedName repo);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "This process holds the store {Root}; directories can be exchanged in one step: {Exchange}"
    )]
    public static partial void StoreOwned(this ILogger log, string root, bool exchange);

    [LoggerMessage(Level = LogLevel.Error, Message = "Store {Root} can't be used: {Problem}")]
    public static partial void StoreRefused(this ILogger log, string root, string problem);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The lock of the store could not be taken: {Error}")]
    public static partial void StoreLockRefused(this ILogger log, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Entry} could not be deleted from the trash: {Error}. Trying again until it can")]
    public static partial void TrashNotEmptied(this ILogger log, string entry, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The trash could not be read: {Error}. Trying again until it can")]
    public static partial void TrashNotRead(this ILogger log, string error);

    /// <summary>Logs that the trash began or ceased to hold too much.</summary>
    public static void TrashLimit(this ILogger log, bool exceeded, long held, long limit)
    {
        if (exceeded)
        {
            log.TrashOverLimit(held, limit);
        }
        else
        {
            log.TrashWithinLimit(held, limit);
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "{Held} bytes wait in the trash, which is above Store:TrashSizeLimit ({Limit}): the oldest go before their grace "
            + "period ends"
    )]
    private static partial void TrashOverLimit(this ILogger log, long held, long limit);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "{Held} bytes wait in the trash, which is within Store:TrashSizeLimit ({Limit}) again"
    )]
    private static partial void TrashWithinLimit(this ILogger log, long held, long limit);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Staging} could not be removed: {Error}. The next start does it")]
    public static partial void StagingNotRemoved(this ILogger log, string staging, string error);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Polls of {Host} are put off: more are due than the {RequestsPerHour} an hour that Git:HostBudgets allows"
    )]
    public static partial void BudgetUsedUp(this ILogger log, string host, int requestsPerHour);
}

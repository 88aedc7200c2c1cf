namespace CodeRepoOperator.Entities;

/// <summary>Reasons of conditions and events.</summary>
public static class Reasons
{
    /// <summary>Ready: the clone is at the remote's head, as last polled.</summary>
    public const string Cloned = "Cloned";

    /// <summary>Ready: there is a clone, but the remote could not be polled since <see cref="CodeRepoStatus.CheckedAt"/>.</summary>
    public const string Stale = "Stale";

    /// <summary>Not ready: the first clone is being made.</summary>
    public const string Cloning = "Cloning";

    /// <summary>Not ready: the clone was lost or damaged and is being made again.</summary>
    public const string Recloning = "Recloning";

    /// <summary>Not ready: <see cref="ClonePolicy.OnDemand"/>, and nobody has asked yet.</summary>
    public const string NotRequested = "NotRequested";

    /// <summary><see cref="CodeRepoSpec.Suspend"/> is set.</summary>
    public const string Suspended = "Suspended";

    /// <summary>
    /// CloneAvailable is False: nothing is on the volume. IndexingHealthy: without a clone of what the spec asks for no row is looked for.
    /// </summary>
    public const string NoClone = "NoClone";

    /// <summary>ContentComplete is True: the tree has all that its commit has.</summary>
    public const string NothingOmitted = "NothingOmitted";

    /// <summary>ContentComplete is False: submodules or Git LFS files were left out.</summary>
    public const string ContentOmitted = "ContentOmitted";

    /// <summary>Terminal: <c>git_url</c> is not a URL that can be cloned.</summary>
    public const string InvalidUrl = "InvalidURL";

    /// <summary>Terminal: another field of the spec has a value that can't work.</summary>
    public const string InvalidSpec = "InvalidSpec";

    /// <summary>Terminal: the spec asks for something that this version can't do.</summary>
    public const string Unsupported = "Unsupported";

    /// <summary>Terminal: the administrator does not allow this host or its address.</summary>
    public const string HostNotAllowed = "HostNotAllowed";

    /// <summary>Terminal: the remote wants credentials, or other ones.</summary>
    public const string AuthenticationFailed = "AuthenticationFailed";

    /// <summary>Terminal: the remote has no such repository, or hides it.</summary>
    public const string RepositoryNotFound = "RepositoryNotFound";

    /// <summary>Terminal: the repository has no such branch.</summary>
    public const string BranchNotFound = "BranchNotFound";

    /// <summary>Terminal: the repository has no such tag, commit or ref, or no tag in the range of versions.</summary>
    public const string RefNotFound = "RefNotFound";

    /// <summary>Terminal: the repository has no commit yet.</summary>
    public const string EmptyRepository = "EmptyRepository";

    /// <summary>Terminal: the Secret that the spec names is missing or incomplete.</summary>
    public const string SecretNotFound = "SecretNotFound";

    /// <summary>Terminal: the SSH host key is not the known one.</summary>
    public const string HostKeyMismatch = "HostKeyMismatch";

    /// <summary>Terminal: the repository uses SHA-256 object names.</summary>
    public const string UnsupportedObjectFormat = "UnsupportedObjectFormat";

    /// <summary>Terminal: the clone would exceed a limit.</summary>
    public const string TooLarge = "TooLarge";

    /// <summary>Terminal: the namespace has used up what it may take of the volume, or would by this clone.</summary>
    public const string QuotaExceeded = "QuotaExceeded";

    /// <summary>Transient: the clone or poll took longer than <c>timeout</c>.</summary>
    public const string Timeout = "Timeout";

    /// <summary>Transient: the remote could not be reached, or responded with an error.</summary>
    public const string Unreachable = "Unreachable";

    /// <summary>Transient: the remote counts requests, and there were too many.</summary>
    public const string RateLimited = "RateLimited";

    /// <summary>Transient: the remote's response was not what the git protocol asks for, or its objects were damaged.</summary>
    public const string TransferFailed = "TransferFailed";

    /// <summary>Transient: the spec changed while the clone was made; what was made is thrown away and the next one begins.</summary>
    public const string Superseded = "Superseded";

    /// <summary>Transient: the volume is full.</summary>
    public const string StoreFull = "StoreFull";

    /// <summary>Transient: the volume can't be written, or another process owns it.</summary>
    public const string StoreUnavailable = "StoreUnavailable";

    /// <summary>
    /// Event: the clone was made again and looks damaged in the same way, so that the check and not the clone is at fault; it stays.
    /// </summary>
    public const string VerificationUnsupported = "VerificationUnsupported";

    /// <summary>IndexingHealthy: no job holds the row.</summary>
    public const string Idle = "Idle";

    /// <summary>IndexingHealthy: a job holds the row.</summary>
    public const string Indexing = "Indexing";

    /// <summary>IndexingHealthy: the row was stuck and reset, and nobody has taken it since.</summary>
    public const string Reset = "Reset";

    /// <summary>IndexingHealthy: the row was reset too often and is given up.</summary>
    public const string ResetsExhausted = "ResetsExhausted";

    /// <summary>IndexingHealthy: several CodeRepos mean one row, which is well.</summary>
    public const string AmbiguousRow = "AmbiguousRow";

    /// <summary>IndexingHealthy: the threshold can't be read; the row is well, with the default one.</summary>
    public const string InvalidThreshold = "InvalidThreshold";

    /// <summary>IndexingHealthy: there is no row of this CodeRepo.</summary>
    public const string NoRow = "NoRow";

    /// <summary>IndexingHealthy: the clone was made with credentials that are for all namespaces, so no row is looked for.</summary>
    public const string AccessUnproven = "AccessUnproven";

    /// <summary>IndexingHealthy: the row that the spec names is of another repository.</summary>
    public const string RowMismatch = "RowMismatch";

    /// <summary>IndexingHealthy: columns are missing, so that recovery is limited.</summary>
    public const string Degraded = "Degraded";

    /// <summary>IndexingHealthy: the database can't be looked at.</summary>
    public const string DatabaseUnavailable = "DatabaseUnavailable";
}

using CodeRepoOperator.Runtime.Client;

namespace CodeRepoOperator.Runtime.Monitoring;

/// <summary>What the runtime logs.</summary>
internal static partial class RuntimeLog
{
    private static readonly Func<ILogger, NamespacedName, IDisposable?> EntityScope = LoggerMessage.DefineScope<NamespacedName>("{Entity}");

    /// <summary>Names the object in all that is logged until the scope ends.</summary>
    public static IDisposable? About(this ILogger log, NamespacedName entity) => EntityScope(log, entity);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Listed {Count} {Plural} in {Scope}")]
    public static partial void Listed(this ILogger log, int count, string plural, string scope);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Watching {Plural} in {Scope} failed: {Error}. Trying again until it works")]
    public static partial void WatchFailed(this ILogger log, string plural, string scope, string error);

    [LoggerMessage(Level = LogLevel.Information, Message = "Watching {Plural} in {Scope} again, after {Failures} failed attempts")]
    public static partial void WatchRecovered(this ILogger log, string plural, string scope, int failures);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "The API server has forgotten where the watch of {Plural} in {Scope} was (410); listing again"
    )]
    public static partial void WatchExpired(this ILogger log, string plural, string scope);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The watch of {Plural} in {Scope} was silent for {Silence}; opening a new one")]
    public static partial void WatchSilent(this ILogger log, string plural, string scope, TimeSpan silence);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "The list of {Plural} in {Scope} is at version {Version}, behind {Known}, as after a restore of etcd; starting from it"
    )]
    public static partial void WatchBehind(this ILogger log, string plural, string scope, string version, string known);

    [LoggerMessage(Level = LogLevel.Information, Message = "Holding lease {Lease} as {Holder}")]
    public static partial void LeaseAcquired(this ILogger log, string lease, string holder);

    [LoggerMessage(Level = LogLevel.Information, Message = "Waiting for lease {Lease}, which {Holder} holds")]
    public static partial void LeaseHeldByOther(this ILogger log, string lease, string holder);

    [LoggerMessage(Level = LogLevel.Information, Message = "Released lease {Lease}")]
    public static partial void LeaseReleased(this ILogger log, string lease);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Lease {Lease} has run out; nothing new is begun or published until it is back")]
    public static partial void LeaseRunOut(this ILogger log, string lease);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Lease {Lease} could not be read or renewed: {Error}. Trying again until it works")]
    public static partial void LeaseUnreachable(this ILogger log, string lease, string error);

    [LoggerMessage(Level = LogLevel.Information, Message = "Lease {Lease} could not be read or renewed at the first try: {Error}")]
    public static partial void LeaseLate(this ILogger log, string lease, string error);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Lease {Lease} could be read and renewed again, after {Failures} failed attempts"
    )]
    public static partial void LeaseReachable(this ILogger log, string lease, int failures);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Lease {Lease} could not be given back: {Error}. It runs out by itself")]
    public static partial void LeaseNotReleased(this ILogger log, string lease, string error);

    [LoggerMessage(Level = LogLevel.Error, Message = "The loop {Loop} failed unexpectedly; it starts again in {Wait}. The others go on")]
    public static partial void LoopFailed(this ILogger log, string loop, TimeSpan wait, Exception error);

    [LoggerMessage(Level = LogLevel.Error, Message = "The loop {Loop} has made no progress for {Silence}: /healthz fails")]
    public static partial void LoopStuck(this ILogger log, string loop, TimeSpan silence);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The process may have {Limit} file descriptors: the port {Listener} takes {Connections} connections, not the {Wanted} "
            + "that are set"
    )]
    public static partial void FewDescriptors(this ILogger log, int limit, string listener, int connections, int wanted);

    [LoggerMessage(Level = LogLevel.Error, Message = "Reconciling {Entity} failed unexpectedly; trying again")]
    public static partial void ReconcileError(this ILogger log, NamespacedName entity, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The result for {Entity} could not be written: {Error}. Trying again")]
    public static partial void WriteRefused(this ILogger log, NamespacedName entity, string error);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Reconciling {Entity} failed: {Error}")]
    public static partial void ReconcileFailed(this ILogger log, NamespacedName entity, string error);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Event {Reason} of {Entity} could not be published either: {Error}")]
    public static partial void EventNotPublishedEither(this ILogger log, string reason, NamespacedName entity, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Event {Reason} of {Entity} could not be published: {Error}")]
    public static partial void EventNotPublished(this ILogger log, string reason, NamespacedName entity, string error);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Events of {Entity} are dropped, {Reason} first: it had {Burst} in a row, and may have one more each {Refill}. They "
            + "are counted; its conditions say what is"
    )]
    public static partial void EventsDropped(this ILogger log, NamespacedName entity, string reason, int burst, TimeSpan refill);
}

using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Monitoring;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace CodeRepoOperator.Runtime.Reporting;

/// <summary>
/// Publishes events (events.k8s.io/v1) on objects, so many each. An event that is not taken, or one too many, is counted and
/// logged, no more.
/// </summary>
internal sealed class EventPublisher(
    IKubernetes kubernetes,
    EventFactory factory,
    EventBudget budget,
    RuntimeMetrics metrics,
    TimeProvider time,
    ILogger<EventPublisher> log
)
{
    /// <summary>An event is not worth more of a worker's time, or of a stop's.</summary>
    private static readonly TimeSpan LongestRequest = TimeSpan.FromSeconds(3);

    /// <summary>In <see cref="_logged"/>, what no namespace is called: the way to the API server.</summary>
    private const string TheWay = "";

    private readonly LoggedFailures<string> _logged = new();

    /// <summary>Publishes that something ordinary happened.</summary>
    public Task NormalAsync(IKubernetesObject<V1ObjectMeta> entity, string reason, string note) =>
        PublishAsync(entity, "Normal", reason, note);

    /// <summary>Publishes that something wants attention.</summary>
    public Task WarningAsync(IKubernetesObject<V1ObjectMeta> entity, string reason, string note) =>
        PublishAsync(entity, "Warning", reason, note);

    private async Task PublishAsync(IKubernetesObject<V1ObjectMeta> entity, string type, string reason, string note)
    {
        if (budget.TryTake(entity.Metadata.Uid) is not EventVerdict.Publish and var verdict)
        {
            Drop(entity, reason, verdict);
            return;
        }

        var published = factory.Create(entity, type, reason, note);

        // Of its own: what has happened is reported even when the reconcile that did it is being ended.
        using var deadline = new CancellationTokenSource(LongestRequest, time);
        try
        {
            await kubernetes.EventsV1.CreateNamespacedEventAsync(
                published,
                entity.Metadata.NamespaceProperty,
                cancellationToken: deadline.Token
            );
            _logged.IsOver(TheWay);
            _logged.IsOver(entity.Metadata.NamespaceProperty);
        }
        catch (HttpOperationException refusal)
        {
            metrics.EventFailed();
            _logged.IsOver(TheWay);
            Log(
                entity,
                reason,
                refusal,
                isNew: !refusal.IsNamespaceTerminating() && _logged.IsNew(entity.Metadata.NamespaceProperty, refusal.Kind())
            );
        }
        catch (Exception error) when (error.IsApiError() || error is OperationCanceledException)
        {
            metrics.EventFailed();
            Log(entity, reason, error, isNew: _logged.IsNew(TheWay, "no response"));
        }
    }

    /// <summary>
    /// An API server that is away, or a right that lacks, is reported once; that a namespace goes, which takes all in it along, is no
    /// trouble.
    /// </summary>
    private void Log(IKubernetesObject<V1ObjectMeta> entity, string reason, Exception error, bool isNew)
    {
        var (key, why) = (NamespacedName.Of(entity), error.Describe());
        if (isNew)
        {
            log.EventNotPublished(reason, key, why);
        }
        else
        {
            log.EventNotPublishedEither(reason, key, why);
        }
    }

    private void Drop(IKubernetesObject<V1ObjectMeta> entity, string reason, EventVerdict verdict)
    {
        metrics.EventDropped();
        if (verdict is EventVerdict.DropFirst)
        {
            log.EventsDropped(NamespacedName.Of(entity), reason, EventBudget.Burst, EventBudget.Refill);
        }
    }
}

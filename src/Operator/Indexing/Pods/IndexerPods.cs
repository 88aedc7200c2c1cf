using CodeRepoOperator.Indexing.Sweeping;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Monitoring;
using CodeRepoOperator.Runtime.Watching;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Indexing.Pods;

/// <summary>
/// The pods that hold rows, as the API server has them. One counts as gone only when the API server says so: that there is none of this
/// uid, or that all its containers have ended. While it can't be asked, or the operator may not, none is gone.
/// </summary>
internal sealed class IndexerPods(
    EntityCache<V1Pod> cache,
    IKubernetes kubernetes,
    PodKnowledge knowledge,
    IOptions<IndexingOptions> options,
    ILogger<IndexerPods> log
) : IRowHolders
{
    /// <summary>
    /// How many pods one sweep asks for that the watch does not show: those of other labels, and those that anybody may invent by writing
    /// into a row.
    /// </summary>
    private const int MostAsked = 100;

    /// <summary>What fails for one pod fails for all.</summary>
    private const string Pods = "pods";

    private readonly LoggedFailures<string> _logged = new();

    /// <inheritdoc />
    public string? Prefix => options.Value.PodNamespaces.Count > 0 ? PodHolder.Prefix : null;

    /// <summary>Whether all containers of a pod have ended.</summary>
    public static bool HasEnded(V1Pod pod) => pod.Status?.Phase is "Succeeded" or "Failed";

    /// <inheritdoc />
    public async Task<IReadOnlyCollection<string>> GoneAsync(IReadOnlyCollection<string> holders, CancellationToken cancellationToken)
    {
        var gone = new List<string>();
        var asked = 0;

        // In any order: whoever fills the rows with what must be asked for keeps no others from being looked at in the long run.
        foreach (var holder in holders.OrderBy(_ => Random.Shared.Next()))
        {
            if (PodHolder.TryParse(holder) is not { } pod || !options.Value.PodNamespaces.Contains(pod.Namespace))
            {
                continue;
            }

            if (Seen(pod) is not { } isGone)
            {
                if (asked++ >= MostAsked)
                {
                    continue;
                }

                if (await AskAsync(pod, cancellationToken) is not { } reply)
                {
                    break;
                }

                isGone = reply;
            }

            if (isGone)
            {
                gone.Add(holder);
            }
        }

        return gone;
    }

    private static bool IsSame(V1Pod pod, PodHolder holder) =>
        string.Equals(pod.Metadata.Uid, holder.Uid, StringComparison.OrdinalIgnoreCase);

    /// <returns>Whether it is gone; null: the watch does not show it.</returns>
    private bool? Seen(PodHolder holder) =>
        cache.Find(new NamespacedName(holder.Namespace, holder.Name)) is { } pod && IsSame(pod, holder) ? HasEnded(pod) : null;

    /// <returns>Whether it is gone; null: that can't be learned now.</returns>
    private async Task<bool?> AskAsync(PodHolder holder, CancellationToken cancellationToken)
    {
        try
        {
            var pod = await kubernetes
                .CoreV1.ReadNamespacedPodAsync(holder.Name, holder.Namespace, cancellationToken: cancellationToken)
                .OrNullAsync();
            knowledge.Read();
            _logged.IsOver(Pods);
            return pod is null || !IsSame(pod, holder) || HasEnded(pod);
        }
        catch (Exception error) when (error.IsApiError() && !cancellationToken.IsCancellationRequested)
        {
            knowledge.ReadFailed();
            if (_logged.IsNew(Pods, error.Kind()))
            {
                log.PodsUnknown(error.Describe());
            }

            return null;
        }
    }
}

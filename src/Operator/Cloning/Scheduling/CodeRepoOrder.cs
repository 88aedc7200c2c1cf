using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Inspecting;
using CodeRepoOperator.Cloning.Making;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Queueing;
using CodeRepoOperator.Runtime.Settings;
using CodeRepoOperator.Runtime.Watching;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Scheduling;

/// <summary>
/// In which order CodeRepos are worked on: those of one remote host in a group, since what they wait for is the host; of one namespace
/// those first that somebody waits for; those whose clone was lost with a reserve.
/// </summary>
internal sealed class CodeRepoOrder(
    EntityCache<CodeRepo> codeRepos,
    DesiredClones desiredClones,
    CloneDemand demand,
    LostClones lost,
    HostShares shares,
    IOptions<RuntimeOptions> options
) : IQueueOrder<CodeRepo>
{
    /// <inheritdoc />
    public event Action? Widened
    {
        add => shares.Widened += value;
        remove => shares.Widened -= value;
    }

    /// <inheritdoc />
    public int Places => options.Value.Workers;

    /// <inheritdoc />
    public QueuePriority PriorityOf(NamespacedName key) =>
        codeRepos.Find(key) switch
        {
            // A removal asks no remote, and who deletes waits for it.
            null or { Metadata.DeletionTimestamp: not null } => new QueuePriority(null, IsAwaited: true),
            { Spec.Suspend: true } => default,
            var repo => desiredClones.Of(repo).Value is { } desired
                ? new QueuePriority(shares.GroupOf(key, desired.Url), desired.IsAwaited || demand.IsAwaited(key), lost.Has(key))
                : default,
        };

    /// <inheritdoc />
    public int WidthOf(string group) => shares.Of(group, Places);
}

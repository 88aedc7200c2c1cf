using System.Runtime.CompilerServices;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Scheduling;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Queueing;
using CodeRepoOperator.Runtime.Watching;

namespace CodeRepoOperator.Cloning;

/// <summary>Has the CodeRepos of a branch or tag polled at once that was pushed to, whatever their interval.</summary>
internal sealed class PushReceiver(EntityCache<CodeRepo> codeRepos, PollSchedule schedule, WorkQueue<CodeRepo> queue, TimeProvider time)
{
    /// <summary>What specs mean, as long as the cache has them: a push is compared with all.</summary>
    private readonly ConditionalWeakTable<CodeRepo, string> _identities = [];

    /// <summary>Takes in a push. However often it comes, a CodeRepo that is not polled yet is polled once.</summary>
    /// <returns>How many CodeRepos are polled.</returns>
    public int Take(PushNotice push)
    {
        // Servers that don't care for the case of a path report their own spelling; a poll too many does no harm.
        var pushed = push.Repositories.Select(repository => repository.ToString()).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var meant = codeRepos.Entities.Where(repo => IsLookedUp(repo) && pushed.Contains(IdentityOf(repo)) && IsOn(repo, push)).ToList();
        var now = time.GetTimestamp();
        foreach (var repo in meant)
        {
            schedule.Pushed(repo.Metadata.Uid, now);
            queue.Add(NamespacedName.Of(repo));
        }

        return meant.Count;
    }

    /// <summary>Whether it has a clone that is to follow the branch, or is to have one.</summary>
    private static bool IsLookedUp(CodeRepo repo) =>
        repo is { Metadata.DeletionTimestamp: null, Spec.Suspend: false }
        && (repo.Spec.Policy != ClonePolicy.OnDemand || repo.Status?.ClonedAt is not null);

    private static bool IsOn(CodeRepo repo, PushNotice push) =>
        DesiredRevision.Of(repo.Spec).Value switch
        {
            null or Revision.Commit => false,
            _ when push.Refs.Count == 0 => true,
            Revision.Head => IsBranch(push, repo.Status?.Branch) || IsBranch(push, push.DefaultBranch),
            Revision.Highest => push.Refs.Any(reference => reference.StartsWith(Revision.Tags, StringComparison.Ordinal)),
            { Ref: { } wanted } => push.Refs.Contains(wanted),
            _ => false,
        };

    private static bool IsBranch(PushNotice push, string? branch) => branch is not null && push.Refs.Contains($"refs/heads/{branch}");

    private string IdentityOf(CodeRepo repo) =>
        _identities.GetValue(repo, static repo => RepoIdentity.TryParse(repo.Spec.GitUrl)?.ToString() ?? "");
}

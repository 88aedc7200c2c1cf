using System.Collections.Concurrent;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Runtime.Client;

namespace CodeRepoOperator.Cloning.Inspecting;

/// <summary>
/// The damage that was found by reading a clone and a quick look can't see. It is remembered beyond the clone: one that was made again
/// and shows the same at the same commit is as the remote has it, and what judged it is wrong. Making it once more would change
/// nothing, for ever. A restart forgets it: the next deep check finds it again.
/// </summary>
internal sealed class KnownDamage
{
    private readonly ConcurrentDictionary<NamespacedName, History> _histories = new();

    /// <summary>How many clones are in their place that can't be judged.</summary>
    public int Unverifiable => _histories.Values.Count(history => history.Excused is not null);

    /// <summary>Notes what is wrong with a clone.</summary>
    /// <param name="clone">The clone.</param>
    /// <param name="loss">What is wrong.</param>
    /// <param name="detail">Where; the same damage has the same detail.</param>
    /// <returns>Whether it is one, and whether that is known already.</returns>
    public DamageVerdict Add(PublishedClone clone, CloneLoss loss, string detail)
    {
        while (true)
        {
            var before = _histories.GetValueOrDefault(clone.Key);
            var history = before?.IsOf(clone) == true ? before : History.Of(clone);
            var (after, verdict) = history.With(clone, loss, detail);
            if (before is null ? _histories.TryAdd(clone.Key, after) : _histories.TryUpdate(clone.Key, after, before))
            {
                return verdict;
            }
        }
    }

    /// <summary>What is wrong with a clone; null: nothing was found. What was found in one that it replaced does not count.</summary>
    public CloneLoss? Of(PublishedClone clone) =>
        _histories.GetValueOrDefault(clone.Key) is { Current: { } current } && current.MarkerWrittenAt == clone.MarkerWrittenAt
            ? current.Loss
            : null;

    /// <summary>
    /// Notes that a clone was read whole and nothing is wrong: what is found after that is damage, even if it was there before.
    /// </summary>
    public void IsWhole(NamespacedName key) => Forget(key);

    /// <summary>Forgets a CodeRepo that is gone, or whose clone is of another commit.</summary>
    public void Forget(NamespacedName key) => _histories.TryRemove(key, out _);

    /// <summary>What was found in the clones of one commit.</summary>
    /// <param name="Uid">Of the CodeRepo.</param>
    /// <param name="Commit">Of the clones.</param>
    /// <param name="Findings">What was found, and in which clone first.</param>
    /// <param name="Current">The last clone that is damaged.</param>
    /// <param name="Excused">The last clone that looks damaged as one before it; null: none.</param>
    private sealed record History(string Uid, string Commit, IReadOnlyList<Finding> Findings, Finding? Current, DateTime? Excused)
    {
        public static History Of(PublishedClone clone) => new(clone.Marker.Uid, clone.Marker.Commit, [], null, null);

        public bool IsOf(PublishedClone clone) => Uid == clone.Marker.Uid && Commit == clone.Marker.Commit;

        public (History After, DamageVerdict Verdict) With(PublishedClone clone, CloneLoss loss, string detail)
        {
            var finding = new Finding(clone.MarkerWrittenAt, loss, detail);
            if (
                Findings.FirstOrDefault(known => known.Loss == loss && known.Detail == detail) is { } before
                && before.MarkerWrittenAt != clone.MarkerWrittenAt
            )
            {
                var verdict = Excused == clone.MarkerWrittenAt ? DamageVerdict.KnownUnsupported : DamageVerdict.Unsupported;
                return (this with { Excused = clone.MarkerWrittenAt }, verdict);
            }

            return Current?.MarkerWrittenAt == clone.MarkerWrittenAt
                ? (this, DamageVerdict.KnownDamage)
                : (
                    this with
                    {
                        Findings = [.. Findings.TakeLast(MostFindings - 1), finding],
                        Current = finding,
                        Excused = null,
                    },
                    DamageVerdict.Damage
                );
        }

        // Each costs a clone; one that differs each time is of a volume that fails.
        private const int MostFindings = 16;
    }

    private sealed record Finding(DateTime MarkerWrittenAt, CloneLoss Loss, string Detail);
}

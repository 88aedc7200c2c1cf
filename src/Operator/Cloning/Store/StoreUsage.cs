using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Remotes.GitFiles;
using CodeRepoOperator.Remotes.Worker;
using CodeRepoOperator.Runtime.Client;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Store;

/// <summary>
/// What each namespace takes on the volume: its published clones, what it has in the trash, and what its clones in the making may take.
/// It is added up in memory, from the markers of the clones when a volume is taken and from what is published and removed since. A file
/// that several clones have as hard links counts once.
/// </summary>
internal sealed class StoreUsage(StoreLayout layout, StoreOwner owner, IOptions<StoreOptions> options)
{
    /// <summary>Of a clone whose marker has no size: packs, and a tree that takes about twice as much.</summary>
    private const int TimesPacks = 3;

    /// <summary>Of such a clone: directories for each file, at a guess a quarter.</summary>
    private const int FilesPerDirectory = 4;

    /// <summary>Guards what is below: a reservation is what is left at one instant, so two must not see the same.</summary>
    private readonly Lock _lock = new();
    private readonly Dictionary<NamespacedName, StoreAmount> _clones = [];
    private readonly Dictionary<string, (string Namespace, StoreAmount Amount)> _trash = [];
    private readonly HashSet<CloneReservation> _reservations = [];

    /// <summary>Namespaces that were refused a clone, with what they took then.</summary>
    private readonly Dictionary<string, StoreAmount> _refused = [];

    /// <summary>How many clones of a namespace wait to have all that is left to it.</summary>
    private readonly Dictionary<string, int> _waitingForAll = [];
    private TaskCompletionSource _released = NewRelease();

    /// <summary>The taking of the volume that the figures are of.</summary>
    private int _taking;

    /// <summary>Raised with a namespace one of whose clones has to wait until others of it have ended.</summary>
    public event Action<string>? Awaited;

    /// <summary>
    /// Reserves room for a clone: half of what is left to its namespace and not reserved already, so that others can begin beside it.
    /// </summary>
    /// <param name="key">The CodeRepo.</param>
    /// <param name="all">Waits for the namespace's other clones to end, and reserves all that is left.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The reservation; or why the namespace or the volume has no room for any clone.</returns>
    public async Task<Attempt<CloneReservation>> ReserveAsync(NamespacedName key, bool all, CancellationToken cancellationToken)
    {
        if (all)
        {
            CountWaiting(key.Namespace, 1);
        }

        try
        {
            while (true)
            {
                var release = Volatile.Read(ref _released).Task;
                if (TryReserve(key, all) is { } outcome)
                {
                    return outcome;
                }

                Awaited?.Invoke(key.Namespace);
                await release.WaitAsync(cancellationToken);
            }
        }
        finally
        {
            if (all)
            {
                CountWaiting(key.Namespace, -1);
            }
        }
    }

    /// <summary>Notes that a clone was published.</summary>
    /// <param name="key">The CodeRepo.</param>
    /// <param name="size">What it takes; null: not known.</param>
    /// <param name="replaced">Where in the trash is the one before it; null: there was none.</param>
    public void Published(NamespacedName key, CloneSize? size, string? replaced)
    {
        lock (_lock)
        {
            var old = _clones.GetValueOrDefault(key);
            _clones[key] = size is null ? default : StoreAmount.Of(size);
            if (replaced is not null)
            {
                _trash[replaced] = (
                    key.Namespace,
                    size is null ? old : old - StoreAmount.Of(new CloneSize(size.SharedBytes, size.SharedFiles))
                );
            }
        }
    }

    /// <summary>Notes that a clone was moved into the trash.</summary>
    public void Removed(NamespacedName key, string taken)
    {
        lock (_lock)
        {
            _clones.Remove(key, out var old);
            _trash[taken] = (key.Namespace, old);
        }
    }

    /// <summary>Notes that a namespace was refused a clone for want of room.</summary>
    public void Refused(string ofNamespace)
    {
        lock (_lock)
        {
            _refused[ofNamespace] = UsedWhileLocked(ofNamespace);
        }
    }

    /// <summary>Takes the namespaces that were refused a clone and have more room now: each is returned once.</summary>
    public IReadOnlyList<string> TakeRelieved()
    {
        lock (_lock)
        {
            ForgetEmptiedWhileLocked();
            var relieved = _refused
                .Where(refused => !UsedWhileLocked(refused.Key).Holds(refused.Value))
                .Select(refused => refused.Key)
                .ToList();
            relieved.ForEach(ofNamespace => _refused.Remove(ofNamespace));
            return relieved;
        }
    }

    /// <summary>What a namespace takes, without what is reserved.</summary>
    public StoreAmount Of(string ofNamespace)
    {
        lock (_lock)
        {
            LoadWhileLocked();
            ForgetEmptiedWhileLocked();
            return UsedWhileLocked(ofNamespace);
        }
    }

    /// <returns>Null: it must wait for another clone of the namespace.</returns>
    private Attempt<CloneReservation>? TryReserve(NamespacedName key, bool all)
    {
        try
        {
            lock (_lock)
            {
                LoadWhileLocked();
                ForgetEmptiedWhileLocked();
                if (!Path.Exists(layout.Clone(key)))
                {
                    // It was lost, and takes nothing.
                    _clones.Remove(key);
                }

                return TryReserveWhileLocked(key.Namespace, all);
            }
        }
        catch (Exception error) when (StoreFailure.IsOf(error))
        {
            return (Attempt<CloneReservation>)StoreFailure.From(error);
        }
    }

    private Attempt<CloneReservation>? TryReserveWhileLocked(string ofNamespace, bool all)
    {
        var volume = VolumeSpace.Of(layout.Root);
        var reserve = StoreQuotas.Reserve(options.Value, volume);
        if (StoreQuotas.Refusal(reserve, volume) is { } full)
        {
            return (Attempt<CloneReservation>)full;
        }

        var (quota, used) = (StoreQuotas.Of(ofNamespace, options.Value, volume), UsedWhileLocked(ofNamespace));
        var exceeded = StoreQuotas.Exceeded(ofNamespace, quota, used, TrashWhileLocked(ofNamespace));
        var left = quota - used;
        if (!left.Holds(StoreAmount.SmallestClone))
        {
            return (Attempt<CloneReservation>)exceeded;
        }

        var others = _reservations.Where(other => other.Namespace == ofNamespace).ToList();
        var amount =
            all || (others.Count == 0 && !(left / 2).Holds(StoreAmount.SmallestClone))
                ? left
                : others.Aggregate(left, (rest, other) => rest - other.Amount) / 2;
        if (all ? others.Count > 0 : _waitingForAll.ContainsKey(ofNamespace) || !amount.Holds(StoreAmount.SmallestClone))
        {
            return null;
        }

        var budget = new CloneBudget(amount.Bytes, amount.Files, exceeded, reserve.Bytes, reserve.Files);
        var reservation = new CloneReservation(ofNamespace, amount, amount != left, budget, Release);
        _reservations.Add(reservation);
        return (Attempt<CloneReservation>)reservation;
    }

    private void Release(CloneReservation reservation)
    {
        lock (_lock)
        {
            _reservations.Remove(reservation);
        }

        Interlocked.Exchange(ref _released, NewRelease()).TrySetResult();
    }

    private void CountWaiting(string ofNamespace, int more)
    {
        lock (_lock)
        {
            var count = _waitingForAll.GetValueOrDefault(ofNamespace) + more;
            if (count == 0)
            {
                _waitingForAll.Remove(ofNamespace);
            }
            else
            {
                _waitingForAll[ofNamespace] = count;
            }
        }

        if (more < 0)
        {
            Interlocked.Exchange(ref _released, NewRelease()).TrySetResult();
        }
    }

    private StoreAmount UsedWhileLocked(string ofNamespace) =>
        TrashWhileLocked(ofNamespace)
        + _clones.Where(clone => clone.Key.Namespace == ofNamespace).Aggregate(default(StoreAmount), (sum, clone) => sum + clone.Value);

    private StoreAmount TrashWhileLocked(string ofNamespace) =>
        _trash.Values.Where(taken => taken.Namespace == ofNamespace).Aggregate(default(StoreAmount), (sum, taken) => sum + taken.Amount);

    private void ForgetEmptiedWhileLocked()
    {
        foreach (var gone in _trash.Keys.Where(path => !Path.Exists(path)).ToList())
        {
            _trash.Remove(gone);
        }
    }

    /// <summary>Another volume has other clones.</summary>
    private void LoadWhileLocked()
    {
        var taking = owner.Takings;
        if (taking == _taking)
        {
            return;
        }

        _clones.Clear();
        _trash.Clear();
        foreach (var key in layout.Places())
        {
            var path = layout.Clone(key);
            _clones[key] = Find(path) is { } marker ? SizeOf(path, marker) : default;
        }

        foreach (var path in Directory.Exists(layout.Trash) ? Directory.GetDirectories(layout.Trash) : [])
        {
            if (Find(path) is { Namespace: { } ofNamespace } marker)
            {
                _trash[path] = (ofNamespace, SizeOf(path, marker));
            }
        }

        _taking = taking;
    }

    /// <summary>One that can't be read is damaged, and found to be by those who look for that.</summary>
    private static CloneMarker? Find(string clone)
    {
        try
        {
            return MarkerFile.Find(StoreLayout.Marker(clone));
        }
        catch (Exception error) when (StoreFailure.IsOf(error))
        {
            return null;
        }
    }

    private static StoreAmount SizeOf(string clone, CloneMarker marker) =>
        marker.Size is { } size ? StoreAmount.Of(size) : Estimate(clone, marker.Contents);

    /// <summary>Of a clone by a version that did not note it; the next update does.</summary>
    private static StoreAmount Estimate(string clone, CloneContents? contents)
    {
        var files = CountInIndexOf(clone);
        return StoreAmount.Of(
            new CloneSize(
                TimesPacks * (contents?.Packs.Values.Select(size => Math.Clamp(size, 0, 1L << 40)).Sum() ?? 0),
                CloneSize.GitFiles + files + (files / FilesPerDirectory)
            )
        );
    }

    private static long CountInIndexOf(string clone)
    {
        try
        {
            using var git = OpenDirectory.Open(GitPaths.DirectoryOf(clone));
            using var index = git?.OpenFile(GitPaths.IndexName, out _);
            return index is null ? 0 : IndexReader.ReadCount(index);
        }
        catch (Exception error) when (error is InvalidDataException || StoreFailure.IsOf(error))
        {
            return 0;
        }
    }

    private static TaskCompletionSource NewRelease() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

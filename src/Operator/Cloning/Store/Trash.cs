using System.Collections.Concurrent;
using System.Text;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Monitoring;
using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Runtime.Looping;
using CodeRepoOperator.Runtime.Monitoring;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Store;

/// <summary>
/// Keeps what was replaced or deleted through a grace period, for readers with open files, and then deletes it in the
/// background. What would be more than <see cref="StoreOptions.TrashSizeLimit"/>, or stands in the way on a full volume, goes
/// earlier.
/// </summary>
internal sealed class Trash(
    StoreLayout layout,
    StoreOwner owner,
    IOptions<StoreOptions> options,
    CloningMetrics metrics,
    TimeProvider time,
    ILogger<Trash> log
) : SupervisedLoop
{
    /// <summary>How often the trash is looked at; more often when the grace period is shorter.</summary>
    private static readonly TimeSpan LongestRound = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ShortestRound = TimeSpan.FromSeconds(1);

    /// <summary>
    /// What a step (all entries measured, one deleted) may take on a slow volume: some million files at some hundred a second.
    /// </summary>
    private static readonly TimeSpan LongestStep = TimeSpan.FromHours(1);

    /// <summary>When this began, by both clocks: from here on only the monotonic one counts, since the wall clock may step.</summary>
    private readonly (DateTimeOffset Wall, long Monotonic) _start = (time.GetUtcNow(), time.GetTimestamp());

    /// <summary>When this process took what it has not measured yet.</summary>
    private readonly ConcurrentDictionary<string, DateTimeOffset> _taken = new();

    /// <summary>What waits here; a tree in the trash does not change, so it is measured once.</summary>
    private readonly Dictionary<string, TrashEntry> _entries = [];

    /// <summary>Entries that could not be deleted.</summary>
    private readonly HashSet<string> _stuck = [];

    /// <summary>By entry; the trash as a whole goes by its own path.</summary>
    private readonly LoggedFailures<string> _logged = new();
    private TaskCompletionSource _roomWanted = NewDemand();
    private bool _isOverLimit;

    /// <summary>The time by which grace periods are judged: it only ever goes on.</summary>
    private DateTimeOffset Now => _start.Wall + time.GetElapsedTime(_start.Monotonic);

    /// <summary>Takes a directory in: its name is free at once.</summary>
    /// <returns>Where it is now.</returns>
    /// <exception cref="IOException">It could not be moved.</exception>
    public string Take(string path)
    {
        var taken = layout.NewTrash(time.GetUtcNow(), BootTime.Now);

        // Before it can be met there.
        _taken[taken] = Now;
        try
        {
            Move(path, taken);
            return taken;
        }
        catch (IOException)
        {
            _taken.TryRemove(taken, out _);
            throw;
        }
    }

    /// <summary>Takes in a directory that no consumer has ever seen: it goes in the next round.</summary>
    /// <exception cref="IOException">It could not be moved.</exception>
    public void TakeUnread(string path) => Move(path, layout.NewTrash(DateTimeOffset.UnixEpoch));

    /// <summary>
    /// The volume is full: the older half of what waits goes now, in bytes. Not all of it, since a clone that fits on no such
    /// volume asks for room again and again.
    /// </summary>
    public void MakeRoom() => Volatile.Read(ref _roomWanted).TrySetResult();

    /// <summary>One round: deletes what is due.</summary>
    /// <param name="roomWanted">Whether a clone found the volume full.</param>
    /// <param name="stoppingToken">Ends it between two entries.</param>
    public async Task EmptyAsync(bool roomWanted, CancellationToken stoppingToken)
    {
        // Each time: a volume that is not ours, or not any more, is not to be touched.
        if (owner.Check() is not null)
        {
            return;
        }

        Measure();
        foreach (var entry in Due(roomWanted))
        {
            stoppingToken.ThrowIfCancellationRequested();
            if (owner.Check() is not null)
            {
                return;
            }

            var started = time.GetTimestamp();
            Progress.Report(LongestStep);
            Delete(entry);
            metrics.TrashHolds(_entries.Values.Sum(left => left.Bytes));
            if (!roomWanted)
            {
                // No hurry, so half of the disk's time is left to the clones that are being made.
                Progress.Report(time.GetElapsedTime(started));
                await Task.Delay(time.GetElapsedTime(started), time, stoppingToken);
            }
        }
    }

    /// <inheritdoc />
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        var grace = options.Value.TrashGracePeriod;
        var round =
            grace < ShortestRound ? ShortestRound
            : grace < LongestRound ? grace
            : LongestRound;
        try
        {
            while (true)
            {
                Progress.Report(round);
                var roomWanted = await IsRoomWantedWithinAsync(round, stoppingToken);
                Progress.Report(LongestStep);
                try
                {
                    await EmptyAsync(roomWanted, stoppingToken);
                    _logged.IsOver(layout.Trash);
                }
                catch (Exception error) when (StoreFailure.IsOf(error))
                {
                    // The next round tries again; the gauge and the free space show if it never works.
                    if (_logged.IsNew(layout.Trash, error.Message))
                    {
                        log.TrashNotRead(error.Message);
                    }
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What is left waits for the next start.
        }
    }

    private async Task<bool> IsRoomWantedWithinAsync(TimeSpan round, CancellationToken stoppingToken)
    {
        var demand = _roomWanted.Task;
        await demand.WaitAsync(round, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stoppingToken.ThrowIfCancellationRequested();
        if (demand.IsCompleted)
        {
            Volatile.Write(ref _roomWanted, NewDemand());
        }

        return demand.IsCompleted;
    }

    private void Move(string path, string taken)
    {
        OwnDirectory.Open(layout.Volume, layout.Trash, log).Dispose();
        layout.Volume.Rename(path, taken);
    }

    private IReadOnlyList<TrashEntry> Due(bool roomWanted)
    {
        var (now, grace, limit) = (Now, options.Value.TrashGracePeriod, options.Value.TrashSizeLimit);

        // What can't be deleted makes no room: it must not drive out what can, and comes last.
        var stuck = _entries.Values.Where(entry => _stuck.Contains(entry.Path)).ToList();
        var waiting = _entries.Values.Except(stuck).ToList();
        var held = waiting.Where(entry => now - entry.Since < grace).Sum(entry => entry.Bytes);
        if (held > limit != _isOverLimit)
        {
            _isOverLimit = held > limit;
            log.TrashLimit(_isOverLimit, held, limit);
        }

        return
        [
            .. TrashEntry.Due(waiting, now, grace, roomWanted ? Math.Min(held / 2, limit) : limit),
            .. TrashEntry.Due(stuck, now, grace, limit),
        ];
    }

    private void Measure()
    {
        using var trash = layout.Volume.Find(layout.Trash);
        var there = trash is null ? [] : Names(trash);
        foreach (var gone in _entries.Keys.Except(there).ToList())
        {
            Forget(gone);
        }

        foreach (var path in there.Where(path => !_entries.ContainsKey(path) || _stuck.Contains(path)))
        {
            var since = _taken.TryRemove(path, out var taken) ? taken : _entries.GetValueOrDefault(path)?.Since ?? SinceOf(path);
            _entries[path] = new TrashEntry(path, since, SizeOf(trash!, path));
        }

        metrics.TrashHolds(_entries.Values.Sum(entry => entry.Bytes));

        // Taken and put back before it was measured.
        foreach (var (path, _) in _taken.Where(taken => Now - taken.Value > LongestRound))
        {
            _taken.TryRemove(path, out _);
        }
    }

    /// <summary>
    /// The paths of what is in the trash. A name that is no text can't be reported by one: such an entry gets another, of what nobody
    /// reads.
    /// </summary>
    private List<string> Names(OpenDirectory trash)
    {
        var paths = new List<string>();
        foreach (var name in trash.Names())
        {
            var path = Path.Combine(layout.Trash, Encoding.UTF8.GetString(name));
            if (!StoreVolume.NameOf(path).AsSpan().SequenceEqual(name))
            {
                path = layout.NewTrash(DateTimeOffset.UnixEpoch);
                FileSystem.Rename(trash, name, trash, StoreVolume.NameOf(path));
            }

            paths.Add(path);
        }

        return paths;
    }

    /// <summary>
    /// Since when something is there that a process before this one took. By the clock of the boot, if it is still the same; after
    /// another boot nobody knows, and its grace period begins anew. By the wall clock only where the name has no other.
    /// </summary>
    private DateTimeOffset SinceOf(string path)
    {
        var since = StoreLayout.InTrashSince(path);
        if (since <= DateTimeOffset.UnixEpoch)
        {
            return since;
        }

        var now = Now;
        var age = StoreLayout.InTrashSinceBoot(path) is { } moment ? BootTime.Now.Since(moment) ?? TimeSpan.Zero : time.GetUtcNow() - since;
        return age <= TimeSpan.Zero ? now
            : now - DateTimeOffset.MinValue > age ? now - age
            : DateTimeOffset.MinValue;
    }

    private void Delete(TrashEntry entry)
    {
        try
        {
            using var trash = layout.Volume.Find(layout.Trash);
            if (trash is not null)
            {
                DirectoryTree.Delete(trash, StoreVolume.NameOf(entry.Path));
            }

            Forget(entry.Path);
        }
        catch (Exception error) when (StoreFailure.IsOf(error))
        {
            // The next round tries again; the gauge and the free space show if it never works.
            _stuck.Add(entry.Path);
            if (_logged.IsNew(entry.Path, error.Message))
            {
                log.TrashNotEmptied(entry.Path, error.Message);
            }
        }
    }

    private void Forget(string path)
    {
        _entries.Remove(path);
        _stuck.Remove(path);
        _logged.IsOver(path);
    }

    private static long SizeOf(OpenDirectory trash, string path)
    {
        try
        {
            return DirectoryTree.SizeOf(trash, StoreVolume.NameOf(path));
        }
        catch (Exception error) when (StoreFailure.IsOf(error))
        {
            // It changes while it is measured: the child of a process that was killed may still write to it.
            return 0;
        }
    }

    private static TaskCompletionSource NewDemand() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

using System.Text.Json;
using CodeRepoOperator.Cloning.Remotes;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Leasing;
using CodeRepoOperator.Runtime.Serving;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Publishing;

/// <summary>
/// Makes this process the only one that writes to the store: by the Lease, which other nodes see, and by a lock on the owner
/// file, which holds where the API server is not asked. An empty volume is initialised; one with foreign content is refused
/// and never touched.
/// </summary>
internal sealed class StoreOwner(
    StoreLayout layout, ILease lease, IOptions<StoreOptions> options, CloningMetrics metrics, TimeProvider time, ILogger<StoreOwner> log)
    : BackgroundService, IReadinessCheck
{
    private const int Format = 1;
    private const int WouldBlock = 11; // EWOULDBLOCK: somebody else has the lock

    /// <summary>How often a store that can't be used is tried again.</summary>
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(2);

    /// <summary>Guards opening the store: callers of <see cref="Problem"/> come from many workers.</summary>
    private readonly Lock _lock = new();
    private FileStream? _owner;
    private string? _lastProblem;

    /// <inheritdoc />
    public string? Missing => Problem()?.Message;

    /// <summary>Whether folders can be exchanged in one step on this file system.</summary>
    public bool CanExchange { get; private set; }

    /// <summary>How often a volume was taken. A higher number may mean another volume: what was seen before counts no more.</summary>
    public int Takings { get; private set; }

    /// <summary>Why this process may not write to the store at this instant, by the lease's real expiry; null: it may.</summary>
    public CloneFailure? Problem()
    {
        if (!lease.IsHeld)
        {
            if (lease.IsHeldByOther)
            {
                // Who holds the lease now must get the lock too.
                Release();
            }

            return new CloneFailure(Reasons.StoreUnavailable, "Another operator process holds the store, or its Lease could not be renewed.");
        }

        lock (_lock)
        {
            try
            {
                return OwnsWhileLocked() ? WriteProblem() : TryOwnWhileLocked();
            }
            catch (Exception error) when (StoreFailure.IsOf(error))
            {
                ReleaseWhileLocked();
                return StoreFailure.From(error);
            }
        }
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        Release();
        base.Dispose();
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                Tell(Problem());
                await Task.Delay(RetryInterval, time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <summary>Says each new problem once; who holds the lease is told where it is waited for.</summary>
    private void Tell(CloneFailure? problem)
    {
        if (problem is not null && problem.Message != _lastProblem && lease.IsHeld)
        {
            log.StoreRefused(layout.Root, problem.Message);
        }

        _lastProblem = problem?.Message;
    }

    private void Release()
    {
        lock (_lock)
        {
            ReleaseWhileLocked();
        }
    }

    private void ReleaseWhileLocked()
    {
        _owner?.Dispose();
        _owner = null;
    }

    /// <summary>A volume that was emptied or exchanged under us takes the owner file with it: the name then leads nowhere or elsewhere.</summary>
    private bool OwnsWhileLocked() => _owner is not null && FileSystem.IsAt(_owner.SafeFileHandle, layout.Owner);

    private CloneFailure? WriteProblem() => FileSystem.IsReadOnly(layout.Owner) ? StoreFailure.ReadOnly : null;

    private CloneFailure? TryOwnWhileLocked()
    {
        ReleaseWhileLocked();
        try
        {
            if (Refusal() is { } refusal)
            {
                return refusal;
            }

            Directory.CreateDirectory(layout.Own);
            _owner = new FileStream(layout.Owner, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            if (ReadOrWriteOwner(_owner) is { } foreign)
            {
                ReleaseWhileLocked();
                return foreign;
            }

            CleanStaging();
            CanExchange = ProbeExchange();
            metrics.ExchangeSupported(CanExchange);
            Takings++;
            log.StoreOwned(layout.Root, CanExchange);
            return null;
        }
        catch (IOException error) when (error.HResult == WouldBlock)
        {
            log.StoreLockRefused(error.Message);
            return new CloneFailure(Reasons.StoreUnavailable, "Another process on this volume holds the store's lock; it must end first.");
        }
        catch (Exception error) when (StoreFailure.IsOf(error))
        {
            ReleaseWhileLocked();
            return StoreFailure.From(error);
        }
    }

    private CloneFailure? Refusal()
    {
        if (!Directory.Exists(layout.Root))
        {
            return new CloneFailure(Reasons.StoreUnavailable, $"Store:Root {layout.Root} does not exist; mount the volume there.");
        }

        // A folder of ours without an owner file is a store whose initialisation was cut short.
        var foreign = File.Exists(layout.Owner)
            ? null
            : Directory.EnumerateFileSystemEntries(layout.Root)
                .FirstOrDefault(entry => entry != layout.Own && Path.GetFileName(entry) != StoreLayout.LostAndFound);
        return foreign is null
            ? null
            : new CloneFailure(
                Reasons.StoreUnavailable,
                $"Store:Root {layout.Root} is not empty ({Path.GetFileName(foreign)}) and is no store of this operator; give it an empty volume.");
    }

    private CloneFailure? ReadOrWriteOwner(FileStream file)
    {
        if (file.Length == 0)
        {
            JsonSerializer.Serialize(file, new OwnerFile(Format, options.Value.Shard), StoreJson.Default.OwnerFile);
            file.Flush(flushToDisk: true);
            return null;
        }

        OwnerFile? owner = null;
        try
        {
            owner = JsonSerializer.Deserialize(file, StoreJson.Default.OwnerFile);
        }
        catch (JsonException)
        {
            // Told below: what can't be read is not ours.
        }

        return owner == new OwnerFile(Format, options.Value.Shard)
            ? null
            : new CloneFailure(
                Reasons.StoreUnavailable,
                $"The store in {layout.Root} is of another shard or of a version that this one does not know ({owner}); "
                + $"this is shard {options.Value.Shard}, format {Format}.");
    }

    /// <summary>Clones in the making of a process that is gone: only we write here now, and nothing of ours has begun.</summary>
    private void CleanStaging()
    {
        Directory.CreateDirectory(layout.Trash);
        Directory.CreateDirectory(layout.Staging);
        foreach (var leftover in Directory.EnumerateFileSystemEntries(layout.Staging))
        {
            // One with a marker may have been exchanged out of its place: readers may still have it open.
            var since = File.Exists(StoreLayout.Marker(leftover)) ? time.GetUtcNow() : DateTimeOffset.UnixEpoch;
            FileSystem.Rename(leftover, layout.NewTrash(since));
        }
    }

    private bool ProbeExchange()
    {
        var one = Directory.CreateDirectory(layout.NewStaging("probe"));
        var other = Directory.CreateDirectory(layout.NewStaging("probe"));
        try
        {
            return FileSystem.TryExchange(one.FullName, other.FullName);
        }
        finally
        {
            one.Delete();
            other.Delete();
        }
    }
}

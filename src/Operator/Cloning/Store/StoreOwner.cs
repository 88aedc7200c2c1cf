using System.Text;
using System.Text.Json;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Monitoring;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Remotes.GitFiles;
using CodeRepoOperator.Runtime.Leasing;
using CodeRepoOperator.Runtime.Looping;
using CodeRepoOperator.Runtime.Serving;
using Microsoft.Extensions.Options;
using Microsoft.Win32.SafeHandles;

namespace CodeRepoOperator.Cloning.Store;

/// <summary>
/// Makes this process the only one that writes to the store: by the Lease, which other nodes see, and by a lock on the owner
/// file, which holds where the API server is not asked. An empty volume is initialised; one with foreign content is refused
/// and never touched.
/// </summary>
internal sealed class StoreOwner(
    StoreLayout layout, ILease lease, IOptions<StoreOptions> options, CloningMetrics metrics, TimeProvider time, ILogger<StoreOwner> log)
    : SupervisedLoop, IReadinessCheck
{
    private const int Format = 1;

    /// <summary>In bytes; ours has about 25.</summary>
    private const int LongestOwnerFile = 64 * 1024;
    private const int WouldBlock = 11; // EWOULDBLOCK: somebody else has the lock

    /// <summary>How often a store that can't be used is tried again.</summary>
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(2);

    /// <summary>Guards opening the store: callers of <see cref="Problem"/> come from many workers.</summary>
    private readonly Lock _lock = new();
    private SafeFileHandle? _owner;
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

    /// <summary>
    /// Opens a folder in the operator's own, and makes it where there is none. What is no folder there, a link above all, gets another
    /// name first; where it leads to is not looked at.
    /// </summary>
    /// <exception cref="IOException">It can't be opened or made.</exception>
    public OpenFolder OpenOwn(string path)
    {
        if (layout.Volume.Look(path) is { IsFolder: false })
        {
            var aside = $"{path}.{Guid.NewGuid():n}";
            layout.Volume.Rename(path, aside);
            log.SetAside(path, aside);
        }

        return layout.Volume.Make(path);
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        Release();
        base.Dispose();
    }

    /// <inheritdoc />
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                Progress.Report(RetryInterval);
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
    private bool OwnsWhileLocked() => _owner is not null && FileSystem.IsAt(_owner, layout.Owner);

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

            using (var own = layout.Volume.Make(layout.Own))
            {
                _owner = own.OpenOrMakeFile(StoreVolume.NameOf(layout.Owner), out _);
            }

            if (_owner is null)
            {
                return new CloneFailure(Reasons.StoreUnavailable, $"{layout.Owner} is no file: give this shard an empty volume, or remove it.");
            }

            FileSystem.Lock(_owner);
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
            ReleaseWhileLocked();
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
        using var root = layout.Volume.Find(layout.Root);
        if (root is null)
        {
            return new CloneFailure(Reasons.StoreUnavailable, $"Store:Root {layout.Root} does not exist; mount the volume there.");
        }

        if (root.Look(StoreVolume.NameOf(layout.Own)) is { IsFolder: false })
        {
            return new CloneFailure(Reasons.StoreUnavailable, $"{layout.Own} is a link or a file, and no folder: remove it, or give this shard an empty volume.");
        }

        // A folder of ours without an owner file is a store whose initialisation was cut short.
        var foreign = layout.Volume.Look(layout.Owner) is not null
            ? null
            : root.Names().Select(Encoding.UTF8.GetString).FirstOrDefault(name => Path.Combine(layout.Root, name) != layout.Own && name != StoreLayout.LostAndFound);
        return foreign is null
            ? null
            : new CloneFailure(
                Reasons.StoreUnavailable,
                $"Store:Root {layout.Root} is not empty ({RemoteText.Escaped(foreign)}) and is no store of this operator; give it an empty volume.");
    }

    private CloneFailure? ReadOrWriteOwner(SafeFileHandle file)
    {
        // One byte more than it may have: a longer one is not ours.
        var content = OpenFolder.Content(file, LongestOwnerFile + 1);
        if (content.Length == 0)
        {
            RandomAccess.Write(file, JsonSerializer.SerializeToUtf8Bytes(new OwnerFile(Format, options.Value.Shard), StoreJson.Default.OwnerFile), fileOffset: 0);
            RandomAccess.FlushToDisk(file);
            return null;
        }

        OwnerFile? owner = null;
        try
        {
            owner = content.Length > LongestOwnerFile ? null : JsonSerializer.Deserialize(content, StoreJson.Default.OwnerFile);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or NotSupportedException or ArgumentException or FormatException)
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
        using var trash = OpenOwn(layout.Trash);
        using var staging = OpenOwn(layout.Staging);
        foreach (var name in staging.Names())
        {
            // One with a marker may have been exchanged out of its place: readers may still have it open.
            using var git = staging.Find([.. name, (byte)'/', .. GitPaths.FolderName]);
            var taken = git?.Look(StoreLayout.MarkerName) is { IsRegular: true } ? layout.NewTrash(time.GetUtcNow(), BootTime.Now) : layout.NewTrash(DateTimeOffset.UnixEpoch);
            FileSystem.Rename(staging, name, trash, StoreVolume.NameOf(taken));
        }
    }

    private bool ProbeExchange()
    {
        using var staging = layout.Volume.Make(layout.Staging);
        var (one, other) = (StoreVolume.NameOf(layout.NewStaging("probe")), StoreVolume.NameOf(layout.NewStaging("probe")));
        staging.Make(one).Dispose();
        staging.Make(other).Dispose();
        try
        {
            return FileSystem.TryExchange(staging, one, staging, other);
        }
        finally
        {
            FolderTree.Delete(staging, one);
            FolderTree.Delete(staging, other);
        }
    }
}

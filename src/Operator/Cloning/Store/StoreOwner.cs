using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Monitoring;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Runtime.Leasing;
using CodeRepoOperator.Runtime.Looping;
using CodeRepoOperator.Runtime.Serving;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Store;

/// <summary>
/// Makes this process the only one that writes to the store: by the Lease, which other nodes see, and by a lock on the owner
/// file, which holds where the API server is not asked. An empty volume is initialised; one with foreign content is refused
/// and never touched.
/// </summary>
/// <remarks>
/// <see cref="TryAcquire"/> alone takes a store: the loop calls it for as long as the Lease is held, and so does whoever begins something
/// and would rather not wait for the loop. <see cref="Problem"/> is what it found last, and <see cref="Check"/> looks whether that still
/// holds at this instant; neither changes anything.
/// </remarks>
internal sealed class StoreOwner(
    StoreLayout layout,
    ILease lease,
    IOptions<StoreOptions> options,
    CloningMetrics metrics,
    TimeProvider time,
    ILogger<StoreOwner> log
) : SupervisedLoop, IReadinessCheck
{
    /// <summary>How often a store that can't be used is tried again, and one that can be is looked at.</summary>
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(2);

    private static readonly CloneFailure NoLease = new(
        Reasons.StoreUnavailable,
        "Another operator process holds the store, or its Lease could not be renewed."
    );

    private static readonly CloneFailure NotAcquired = new(Reasons.StoreUnavailable, "The store is not acquired yet.");

    private static readonly CloneFailure Exchanged = new(
        Reasons.StoreUnavailable,
        "The volume was emptied or exchanged. The next attempt acquires what is mounted now, if it can be used."
    );

    private readonly StoreInitialization _initialization = new(layout, options.Value.Shard);
    private readonly StagingCleanup _staging = new(layout, time, log);

    /// <summary>Guards acquiring and releasing: callers of <see cref="TryAcquire"/> come from many workers.</summary>
    private readonly Lock _lock = new();
    private StoreLock? _held;
    private volatile CloneFailure? _problem = NotAcquired;
    private string? _logged;

    /// <summary>
    /// Why this process could not write to the store when that was tried last; null: it could. It is at most some seconds old, and reading
    /// it touches no volume: nothing may be written on the strength of it.
    /// </summary>
    public CloneFailure? Problem => lease.IsHeld ? _problem : NoLease;

    /// <inheritdoc />
    public string? Missing => Problem?.Message;

    /// <summary>Whether directories can be exchanged in one step on this file system.</summary>
    public bool CanExchange { get; private set; }

    /// <summary>How often a volume was taken. A higher number may mean another volume: what was seen before counts no more.</summary>
    public int Takings { get; private set; }

    /// <summary>
    /// Acquires the store if it is not held: locks it, initialises it where it is empty, and moves what a process before this one left
    /// in its staging directory to the trash. Releases it when another process has the Lease.
    /// </summary>
    /// <returns>Why this process may not write to the store; null: it may.</returns>
    public CloneFailure? TryAcquire()
    {
        lock (_lock)
        {
            if (lease.IsHeld)
            {
                return _problem = TryAcquireWhileLocked();
            }

            if (lease.IsHeldByOther)
            {
                // Who holds the lease now must get the lock too.
                ReleaseWhileLocked();
                _problem = NotAcquired;
            }

            return NoLease;
        }
    }

    /// <summary>
    /// Whether this process owns the store at this instant: by the Lease's real expiry, by the lock's file being the one on the volume, and
    /// by the volume being writable. To be called right before each step that publishes or deletes. It changes nothing.
    /// </summary>
    /// <returns>Why this process may not write to the store; null: it may.</returns>
    public CloneFailure? Check()
    {
        if (!lease.IsHeld)
        {
            return NoLease;
        }

        lock (_lock)
        {
            try
            {
                return _held is null ? _problem ?? NotAcquired
                    : _held.IsOnVolume() ? ReadOnlyProblem()
                    : Exchanged;
            }
            catch (Exception error) when (StoreFailure.IsOf(error))
            {
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
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                // For as long as another process has it.
                Progress.Wait();
                var lost = await lease.WhenHeldAsync(stoppingToken);
                using var ended = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lost);
                await KeepAsync(ended.Token);
                stoppingToken.ThrowIfCancellationRequested();
                Release();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The lock goes with the process, or when this is disposed of: what runs may still publish until then.
        }
    }

    /// <summary>Acquires the store, and again whenever its volume was emptied or exchanged, until another process has the Lease.</summary>
    private async Task KeepAsync(CancellationToken ended)
    {
        while (!ended.IsCancellationRequested)
        {
            Progress.Report(RetryInterval);
            Report(TryAcquire());
            await Task.Delay(RetryInterval, time, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Logs each new problem once; that the lease is not held is logged where it is waited for.</summary>
    private void Report(CloneFailure? problem)
    {
        if (problem is not null && problem.Message != _logged && lease.IsHeld)
        {
            log.StoreRefused(layout.Root, problem.Message);
        }

        _logged = problem?.Message;
    }

    private void Release()
    {
        lock (_lock)
        {
            ReleaseWhileLocked();
            _problem = NotAcquired;
        }
    }

    private void ReleaseWhileLocked()
    {
        _held?.Dispose();
        _held = null;
    }

    private CloneFailure? ReadOnlyProblem() => FileSystem.IsReadOnly(layout.Owner) ? StoreFailure.ReadOnly : null;

    private CloneFailure? TryAcquireWhileLocked()
    {
        try
        {
            if (_held?.IsOnVolume() == true)
            {
                return ReadOnlyProblem();
            }

            ReleaseWhileLocked();
            return AcquireWhileLocked();
        }
        catch (IOException error) when (error.HResult == NativeFile.TryAgain)
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

    private CloneFailure? AcquireWhileLocked()
    {
        if (_initialization.ForeignContent() is { } foreign)
        {
            return foreign;
        }

        _held = StoreLock.Take(layout);
        if (_held is null)
        {
            return new CloneFailure(Reasons.StoreUnavailable, $"{layout.Owner} is no file: give this shard an empty volume, or remove it.");
        }

        if (_initialization.WriteOrVerify(_held.File) is { } another)
        {
            ReleaseWhileLocked();
            return another;
        }

        _staging.MoveToTrash();
        CanExchange = ExchangeProbe.IsSupported(layout);
        metrics.ExchangeSupported(CanExchange);
        Takings++;
        log.StoreOwned(layout.Root, CanExchange);
        return null;
    }
}

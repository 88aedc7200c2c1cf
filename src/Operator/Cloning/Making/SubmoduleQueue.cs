using System.Threading.Channels;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>
/// The submodules of one clone that wait to be fetched. It ends when none waits, and none runs that could lead to others.
/// </summary>
internal sealed class SubmoduleQueue
{
    private readonly Func<PendingSubmodule, Task<IReadOnlyList<PendingSubmodule>>> _fetch;

    // They are as many as spec.submodules.max at most.
    private readonly Channel<PendingSubmodule> _waiting = Channel.CreateUnbounded<PendingSubmodule>();
    private int _left;

    /// <param name="submodules">At least one.</param>
    /// <param name="fetch">Fetches one, and returns those that are in it.</param>
    public SubmoduleQueue(
        IReadOnlyCollection<PendingSubmodule> submodules,
        Func<PendingSubmodule, Task<IReadOnlyList<PendingSubmodule>>> fetch
    )
    {
        _fetch = fetch;
        Add(submodules);
    }

    /// <summary>Runs one after the other until the queue has ended.</summary>
    public async Task RunAllAsync()
    {
        await foreach (var next in _waiting.Reader.ReadAllAsync(CancellationToken.None))
        {
            await RunAsync(next);
        }
    }

    /// <summary>Waits for one to wait.</summary>
    /// <returns>The first, which stays in the queue, so that whoever is ready sooner may have it; null: the queue has ended.</returns>
    public async Task<PendingSubmodule?> WhenWaitingAsync(CancellationToken cancellationToken)
    {
        while (await _waiting.Reader.WaitToReadAsync(cancellationToken))
        {
            if (_waiting.Reader.TryPeek(out var first))
            {
                return first;
            }
        }

        return null;
    }

    /// <summary>Runs the first, if one waits still.</summary>
    public Task RunNextAsync() => _waiting.Reader.TryRead(out var next) ? RunAsync(next) : Task.CompletedTask;

    private async Task RunAsync(PendingSubmodule submodule)
    {
        try
        {
            Add(await _fetch(submodule));
        }
        finally
        {
            if (Interlocked.Decrement(ref _left) == 0)
            {
                _waiting.Writer.TryComplete();
            }
        }
    }

    private void Add(IReadOnlyCollection<PendingSubmodule> more)
    {
        Interlocked.Add(ref _left, more.Count);
        foreach (var one in more)
        {
            _waiting.Writer.TryWrite(one);
        }
    }
}

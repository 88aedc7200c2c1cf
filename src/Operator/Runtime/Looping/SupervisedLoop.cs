namespace CodeRepoOperator.Runtime.Looping;

/// <summary>
/// A loop that goes on for as long as the process runs. When it fails by what nobody foresaw it begins again, after a wait, and the
/// others notice nothing. What it keeps in fields must allow that.
/// </summary>
internal abstract class SupervisedLoop : BackgroundService
{
    private LoopSupervisor? _supervisor;

    protected SupervisedLoop() => Progress = new LoopProgress(Name, TimeProvider.System);

    /// <summary>By which the loop reports that it goes on. One that never does is never taken for stuck.</summary>
    protected LoopProgress Progress { get; private set; }

    /// <summary>What it is called in metrics: its class, without the kinds that it is of.</summary>
    private string Name => GetType().Name.Split('`')[0];

    /// <summary>Has it supervised; before it starts.</summary>
    public void SuperviseBy(LoopSupervisor supervisor)
    {
        _supervisor = supervisor;
        Progress = supervisor.Watch(Name);
    }

    /// <summary>The loop. It ends by itself only if there is nothing to do for it.</summary>
    /// <param name="stoppingToken">Ends it.</param>
    protected abstract Task RunAsync(CancellationToken stoppingToken);

    /// <inheritdoc />
    protected sealed override Task ExecuteAsync(CancellationToken stoppingToken) => SuperviseAsync(Progress, RunAsync, stoppingToken);

    /// <summary>Runs one of several parts that run beside each other: each begins again by itself.</summary>
    protected Task SupervisePartAsync(Func<LoopProgress, CancellationToken, Task> part, CancellationToken stoppingToken)
    {
        var progress = _supervisor?.Watch(Name) ?? new LoopProgress(Name, TimeProvider.System);
        return SuperviseAsync(progress, ended => part(progress, ended), stoppingToken);
    }

    private Task SuperviseAsync(LoopProgress progress, Func<CancellationToken, Task> loop, CancellationToken stoppingToken) =>
        _supervisor?.RunAsync(progress, loop, stoppingToken) ?? loop(stoppingToken);
}

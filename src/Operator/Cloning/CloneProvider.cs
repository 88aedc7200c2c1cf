using System.Runtime.CompilerServices;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Inspecting;
using CodeRepoOperator.Cloning.Making;
using CodeRepoOperator.Cloning.Monitoring;
using CodeRepoOperator.Cloning.Scheduling;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Queueing;
using CodeRepoOperator.Runtime.Watching;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning;

/// <summary>
/// Gets callers the clone of a CodeRepo. One that is there costs a <c>stat</c>, and asks nobody. One that is not there is made by the
/// controller, before what nobody waits for, once for all who ask.
/// </summary>
internal sealed class CloneProvider : IDisposable
{
    private readonly Informer<CodeRepo> _informer;
    private readonly EntityCache<CodeRepo> _codeRepos;
    private readonly WorkQueue<CodeRepo> _queue;
    private readonly CloneStore _store;
    private readonly CloneDemand _demand;
    private readonly TimeSpan _terminalRetry;
    private readonly TimeProvider _time;
    private readonly ILogger _log;

    /// <summary>Specs that were parsed, as long as the cache has them: parsing costs more than all else that a warm answer takes.</summary>
    private readonly ConditionalWeakTable<CodeRepo, ParsedSpec> _parsed = [];

    public CloneProvider(
        Informer<CodeRepo> informer,
        EntityCache<CodeRepo> codeRepos,
        WorkQueue<CodeRepo> queue,
        CloneStore store,
        CloneDemand demand,
        IOptions<StoreOptions> options,
        TimeProvider time,
        ILogger<CloneProvider> log)
    {
        (_informer, _codeRepos, _queue, _store, _demand) = (informer, codeRepos, queue, store, demand);
        (_time, _log) = (time, log);
        _terminalRetry = options.Value.TerminalRetryInterval;
        queue.Delayed += demand.Failed;
    }

    /// <summary>The clone that is wanted, if it is there and was whole when last looked at.</summary>
    public PublishedClone? FindWarm(NamespacedName key)
        => _codeRepos.Find(key) is { Metadata.DeletionTimestamp: null } repo && Parse(repo).Value is { } wanted ? _store.FindWarm(wanted) : null;

    /// <summary>Gets the clone.</summary>
    /// <param name="key">The CodeRepo. Whether the caller may have it was checked.</param>
    /// <param name="wait">How long the caller waits for one that is not there.</param>
    /// <param name="cancellationToken">Ends the wait; what was asked for is made all the same.</param>
    public async Task<EnsureOutcome> EnsureAsync(NamespacedName key, TimeSpan wait, CancellationToken cancellationToken)
    {
        var asked = _time.GetTimestamp();
        while (true)
        {
            if (AnswerWithoutAttempt(key) is { } answer)
            {
                return answer;
            }

            if (!_demand.IsAwaited(key))
            {
                _log.AskedFor(key);
            }

            // First the wish, then the run that looks for it.
            var coming = _demand.Ask(key);
            _queue.AddWithPriority(key);
            var left = wait - _time.GetElapsedTime(asked);
            if (!coming.IsCompleted && left <= TimeSpan.Zero)
            {
                return new EnsureOutcome.StillCloning();
            }

            try
            {
                if (await coming.WaitAsync(left, _time, cancellationToken) is { } outcome)
                {
                    return outcome;
                }
            }
            catch (TimeoutException)
            {
                return new EnsureOutcome.StillCloning();
            }
        }
    }

    /// <inheritdoc />
    public void Dispose() => _queue.Delayed -= _demand.Failed;

    /// <summary>What can be said without beginning anything; null: an attempt is to be made, or is under way.</summary>
    private EnsureOutcome? AnswerWithoutAttempt(NamespacedName key)
    {
        if (!_informer.HasSynced)
        {
            return new EnsureOutcome.Starting();
        }

        if (_codeRepos.Find(key) is not { Metadata.DeletionTimestamp: null } repo)
        {
            return new EnsureOutcome.NotThere();
        }

        var parsed = Parse(repo);
        if (parsed.Failure is { } mistake)
        {
            return new EnsureOutcome.Failed(mistake, _terminalRetry);
        }

        if (_store.Decide(parsed.Value!) is CloneDecision.Keep keep)
        {
            return new EnsureOutcome.Available(keep.Published, Recloned: false);
        }

        if (repo.Spec.Suspend)
        {
            return new EnsureOutcome.Suspended();
        }

        return _demand.FailureOf(key) is { } failure && _queue.RetryIn(key) is { } left ? new EnsureOutcome.Failed(failure, left) : null;
    }

    private Attempt<DesiredClone> Parse(CodeRepo repo) => _parsed.GetValue(repo, static repo => new ParsedSpec(DesiredClone.Of(repo))).Wanted;

    private sealed record ParsedSpec(Attempt<DesiredClone> Wanted);
}

using System.Net;
using System.Threading.RateLimiting;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Monitoring;
using CodeRepoOperator.Runtime.Watching;
using CodeRepoOperator.Text;
using k8s.Autorest;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Indexing.Declaring;

/// <summary>Makes CodeRepos as rows declare them, one request after the other. One at a time uses it.</summary>
internal sealed class DeclaredRepos(
    EntityCache<CodeRepo> cache,
    DeclaredRepoWriter writer,
    DeclaringMetrics metrics,
    IOptions<IndexingOptions> options,
    TimeProvider time,
    ILogger<DeclaredRepos> log
) : IDisposable
{
    /// <summary>So many refusals and nothing else are no row's fault: a right is missing, or a quota is used up.</summary>
    private const int MostRefusals = 10;

    /// <summary>How long the watch may take to show what was made.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    /// <summary>For how long steps are taken before it is looked whether others are more urgent.</summary>
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(500);

    /// <summary>So many times the average may be done at once: a handful of rows need not wait.</summary>
    private const int Burst = 10;

    private readonly TokenBucketRateLimiter _pace = new(
        new TokenBucketRateLimiterOptions
        {
            TokenLimit = Burst * options.Value.Declare.RequestsPerSecond,
            TokensPerPeriod = options.Value.Declare.RequestsPerSecond,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            QueueLimit = 1,
        }
    );
    private readonly RepoIdentities _identities = new();
    private readonly Queue<DeclarationStep> _steps = new();
    private readonly LoggedFailures<string> _logged = new();

    /// <summary>What was made and the watch has not shown yet, by name.</summary>
    private readonly Dictionary<string, (CodeRepo Repo, long At)> _made = new(StringComparer.Ordinal);

    /// <summary>Rows whose CodeRepos the API server refuses, by key: they are not tried again until all rows are read anew.</summary>
    private readonly Dictionary<string, DeclaredRow> _refused = new(StringComparer.Ordinal);

    private int _refusals;

    /// <summary>Whether nothing is left to be done.</summary>
    public bool IsDone => _steps.Count == 0;

    private DeclareOptions Declare => options.Value.Declare;

    private DeclarationPlan Plan => new(Declare.DeclaredBy, _identities);

    /// <summary>Finds what is to be done. What was found before and is not done yet is forgotten.</summary>
    /// <param name="rows">All rows that declare something.</param>
    /// <param name="first">The keys of those that are to come first.</param>
    /// <param name="isOfAll">Whether all rows were read anew.</param>
    public void Compare(IReadOnlyCollection<DeclaredRow> rows, IReadOnlyCollection<string> first, bool isOfAll)
    {
        if (isOfAll)
        {
            _refused.Clear();
        }

        var repos = Repos();
        _identities.Keep(repos);
        _steps.Clear();
        var keys = first.ToHashSet(StringComparer.Ordinal);
        foreach (var step in Plan.StepsFor(rows, repos).Where(step => !IsRefused(RowOf(step))).OrderBy(step => IsFirst(step, keys) ? 0 : 1))
        {
            _steps.Enqueue(step);
        }
    }

    /// <summary>Takes steps for a moment.</summary>
    /// <param name="isInCharge">Whether this process may write; asked before each.</param>
    /// <param name="cancellationToken">Ends it between two requests.</param>
    /// <exception cref="HttpOperationException">The API server refuses, whatever the row is.</exception>
    /// <exception cref="HttpRequestException">The API server does not respond.</exception>
    public async Task WorkAsync(Func<bool> isInCharge, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        while (_steps.Count > 0 && time.GetElapsedTime(began) < Slice)
        {
            using var permit = await _pace.AcquireAsync(1, cancellationToken);
            if (!isInCharge())
            {
                return;
            }

            await StepAsync(_steps.Dequeue(), cancellationToken);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _pace.Dispose();

    private async Task StepAsync(DeclarationStep step, CancellationToken cancellationToken)
    {
        try
        {
            await DoAsync(step, cancellationToken);
            _refusals = 0;
        }
        catch (HttpOperationException error) when (IsRefusal(error) && RowOf(step) is { } row && ++_refusals < MostRefusals)
        {
            metrics.Written(DeclarationResult.Failed);
            _refused[row.Key] = row;
            if (_logged.IsNew("", error.Kind()))
            {
                log.RepoRefused(Shown(row), error.Describe());
            }
        }
        catch (Exception error) when (error.IsApiError())
        {
            _refusals = 0;
            throw;
        }
    }

    private static bool IsRefusal(HttpOperationException error) =>
        error.Response.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.Forbidden or HttpStatusCode.UnprocessableEntity
        && !error.IsNamespaceTerminating();

    private static DeclaredRow? RowOf(DeclarationStep step) =>
        step switch
        {
            DeclarationStep.Create create => create.Row,
            DeclarationStep.Update update => update.Row,
            _ => null,
        };

    private static bool IsFirst(DeclarationStep step, HashSet<string> keys) =>
        step is not DeclarationStep.Create create || keys.Contains(create.Row.Key);

    private static string Shown(DeclaredRow row) => ForeignText.Escaped(row.Key, ForeignText.LongestValue);

    private bool IsRefused(DeclaredRow? row) => row is not null && _refused.TryGetValue(row.Key, out var refused) && refused == row;

    /// <summary>
    /// Those that the watch has shown, and what was made and it has not. It goes on showing: only what it had shown in one look counts, or
    /// one that comes during the look would be neither.
    /// </summary>
    private List<CodeRepo> Repos()
    {
        var repos = cache.Entities.Where(repo => repo.Metadata.NamespaceProperty == Declare.Namespace).ToList();
        if (_made.Count == 0)
        {
            return repos;
        }

        var shown = repos.Select(repo => repo.Metadata.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var (name, (repo, at)) in _made)
        {
            if (shown.Contains(name) || time.GetElapsedTime(at) > LongestWait)
            {
                _made.Remove(name);
            }
            else
            {
                repos.Add(repo);
            }
        }

        return repos;
    }

    private async Task DoAsync(DeclarationStep step, CancellationToken cancellationToken)
    {
        switch (step)
        {
            case DeclarationStep.Create create:
                await CreateAsync(create.Row, cancellationToken);
                break;
            case DeclarationStep.Update update:
                await writer.UpdateAsync(update.Repo, update.Row, cancellationToken);
                metrics.Written(DeclarationResult.Updated);
                var (row, repo) = (Shown(update.Row), NamespacedName.Of(update.Repo));
                log.Updated(row, repo);
                break;
            case DeclarationStep.Prune prune:
                await writer.PruneAsync(prune.Repo, cancellationToken);
                metrics.Written(DeclarationResult.Pruned);
                LogPruned(NamespacedName.Of(prune.Repo));
                break;
        }
    }

    private async Task CreateAsync(DeclaredRow row, CancellationToken cancellationToken)
    {
        var shown = Shown(row);
        foreach (var name in new[] { row.Name, row.OtherName })
        {
            var key = new NamespacedName(Declare.Namespace, name);
            if (cache.Find(key) is null && !_made.ContainsKey(name) && await writer.CreateAsync(row, name, cancellationToken) is { } made)
            {
                _made[name] = (made, time.GetTimestamp());
                metrics.Written(DeclarationResult.Created);
                log.Created(shown, key);
                return;
            }
        }

        if (_logged.IsNew(row.Key, row.OtherName))
        {
            log.NamesTaken(shown, row.Name, row.OtherName);
        }
    }

    private void LogPruned(NamespacedName key)
    {
        if (Declare.Prune is PrunePolicy.Orphan)
        {
            log.Left(key);
        }
        else
        {
            log.Deleted(key);
        }
    }
}

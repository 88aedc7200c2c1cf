using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using CodeRepoOperator.Cloning.Store;
using CodeRepoOperator.Entities;
using GitServer;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace CodeRepoOperator.Cloning.Races;

/// <summary>
/// One operator for many races, each with a CodeRepo and repositories of its own. What was ever published and replaced or removed
/// is kept in the trash, and every version of every CodeRepo is noted.
/// </summary>
internal sealed class RaceFixture : IAsyncDisposable
{
    /// <summary>
    /// How much of a response is let through where it is held in the middle: more than a pack's head, less than these packs.
    /// </summary>
    private const int PartOfPack = 100;

    private readonly KubeApiServer _cluster;
    private readonly CloneFixture _fixture;
    private readonly ConcurrentDictionary<string, (RaceStep Step, Gate Gate)> _atGit = new();
    private readonly ConcurrentDictionary<string, (RaceStep Step, Gate Gate)> _atApi = new();
    private readonly ConcurrentQueue<CodeRepo> _versions = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly Queue<string> _namespaces = new();
    private Task _watching = Task.CompletedTask;
    private OperatorProcess _operator = null!;
    private (string Held, string Branch, string Other) _commits;

    private RaceFixture(KubeApiServer cluster, CloneFixture fixture) => (_cluster, _fixture) = (cluster, fixture);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Starts an operator.</summary>
    /// <param name="cluster">The API server.</param>
    /// <param name="namespaces">How many namespaces will be deleted.</param>
    /// <param name="tracer">What to put before the operator's program.</param>
    public static async Task<RaceFixture> StartAsync(KubeApiServer cluster, int namespaces, IEnumerable<string>? tracer = null)
    {
        var fixture = new RaceFixture(cluster, await CloneFixture.StartAsync(cluster));
        await fixture.StartAsync(namespaces, tracer ?? []);
        return fixture;
    }

    /// <summary>Runs races, all at the same time, and looks at what is left when all are over.</summary>
    public async Task RunAsync(RaceStart start, RaceStep step, params RaceChange[] changes)
    {
        var races = changes
            .Select(change => new Race(
                start,
                step,
                change,
                change == RaceChange.NamespaceDeleted ? _namespaces.Dequeue() : _fixture.Namespace
            ))
            .ToList();
        var before = await CountersAsync();

        await Task.WhenAll(races.Select(RunAsync));

        await Eventually.True(
            () => Directory.GetFileSystemEntries(Path.Combine(_fixture.Store, ".coderepo", "tmp")).Length == 0,
            CloneFixture.Soon,
            Token
        );
        var expected = (races.Sum(race => race.Cloned), races.Sum(race => race.Updated), races.Sum(race => race.Recloned), 0);
        await Eventually.SeeAsync(
            $"the counters went up by {expected}",
            async _ =>
            {
                var now = await CountersAsync();
                return (now.Cloned - before.Cloned, now.Updated - before.Updated, now.Recloned - before.Recloned, now.Errors);
            },
            seen => seen == expected,
            CloneFixture.Soon,
            Token
        );
        Assert.All(_versions, Kstatus.AssertSound);
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _watching;
        await _fixture.DisposeAsync();
        await _fixture.Api!.DisposeAsync();
        _ended.Dispose();
    }

    private async Task StartAsync(int namespaces, IEnumerable<string> tracer)
    {
        // The link is made last by the checkout: it is where that is held.
        File.CreateSymbolicLink(_fixture.Project.Path("zzz"), "README.md");
        _commits.Held = await _fixture.Project.PushAsync();
        _commits.Branch = await _fixture.Project.CommitAsync("branch.txt", "branch\n", "branch");
        var other = await GitProject.CreateAsync(Path.GetDirectoryName(_fixture.Project.Bare)!, "other.git");
        _commits.Other = await other.CommitAsync("README.md", "other\n");

        _fixture.Api = await ApiProxy.StartAsync(_cluster);
        _fixture.Api.HoldRequest = request => Held(request, RaceStep.Finalizer, RaceStep.FirstStatus, RaceStep.Status, RaceStep.Event);
        _fixture.Api.HoldResponse = request => Held(request, RaceStep.StatusResponse, RaceStep.EventResponse);
        _fixture.Server.Fault = FaultOf;
        var settings = new List<(string Name, string Value)>
        {
            ("Store__TrashGracePeriod", "01:00:00"),
            ("Store__MaxConcurrentClones", "16"),
            ("Operator__Workers", "32"),
        };
        for (var i = 1; i <= namespaces; i++)
        {
            _namespaces.Enqueue(await _cluster.CreateNamespaceAsync(Token));
            settings.Add(($"Operator__Namespaces__{i}", _namespaces.Last()));
        }

        _watching = WatchAsync();
        _operator = await _fixture.StartOperatorUnderAsync(tracer, [.. settings]);
        await _operator.WhenReadyAsync(Token);
    }

    private async Task RunAsync(Race race)
    {
        try
        {
            await RunToTheEndAsync(race);
        }
        catch (Exception error)
        {
            var log = _operator.Log.Split('\n').Where(line => line.Contains(race.Name, StringComparison.Ordinal));
            throw new InvalidOperationException($"{race.Name} in {race.Namespace}: {error.Message}\n{string.Join('\n', log)}", error);
        }
    }

    private async Task RunToTheEndAsync(Race race)
    {
        Serve(race.Held, _fixture.Project.Bare);

        // Not of the same commits: of what the old clone has, there would be no pack to be held in.
        var other = Path.Combine(Path.GetDirectoryName(_fixture.Project.Bare)!, "other.git");
        Serve(race.Old, other);
        Serve(race.Other, other);
        var (gate, first) = await BeginAsync(race);
        await (gate?.WhenReachedAsync(Token) ?? SeeLocalStepAsync(race, first));
        await using var reader = race is { Start: RaceStart.Update, Change: RaceChange.Url or RaceChange.Branch or RaceChange.Suspended }
            ? TreeReader.Start(PathOf(race), "README.md")
            : null;

        await ChangeAsync(race);
        gate?.Open();
        await SeeEndAsync(race, first);
        await (reader?.StopAsync() ?? Task.CompletedTask);
    }

    /// <summary>Has a clone begin that will be held.</summary>
    private async Task<(Gate? Gate, CodeRepo First)> BeginAsync(Race race)
    {
        if (race.Start == RaceStart.FirstClone)
        {
            var gate = Hold(race);
            return (gate, await CreateAsync(race, race.Held));
        }

        var repo = await CreateAsync(race, race.Start == RaceStart.Update ? race.Old : race.Held);
        await SeeCurrentAsync(race, race.Start == RaceStart.Update ? _commits.Other : _commits.Held);
        var held = Hold(race);
        if (race.Start == RaceStart.Update)
        {
            await PatchAsync(race, new { git_url = _fixture.Server.UrlOf(race.Held) });
        }
        else
        {
            // In one step: what is lost is counted by how it is found.
            Directory.Move(PathOf(race), Path.Combine(Path.GetDirectoryName(_fixture.Store)!, $"lost-{race.Name}"));
        }

        return (held, repo);
    }

    private Gate? Hold(Race race)
    {
        var gate = new Gate();
        switch (race.Step)
        {
            case RaceStep.InfoRefs or RaceStep.ListRefs or RaceStep.Fetch or RaceStep.Pack:
                _atGit[race.Held] = (race.Step, gate);
                return gate;
            case RaceStep.Checkout or RaceStep.Flush:
                return null;
            default:
                _atApi[race.Name] = (race.Step, gate);
                return gate;
        }
    }

    private RequestFault? FaultOf(Microsoft.AspNetCore.Http.HttpRequest request)
    {
        var repository = request.Path.Value!.Split('/')[1];
        if (!_atGit.TryGetValue(repository, out var held))
        {
            return null;
        }

        var stage = GitHttpServer.StageOf(request);
        RequestFault? fault = (held.Step, stage) switch
        {

            (RaceStep.InfoRefs, RequestStage.InfoRefs)
            or
            (RaceStep.ListRefs, RequestStage.ListRefs)
            or (RaceStep.Fetch, RequestStage.Fetch) => new RequestFault { HangBeforeResponse = true },
            (RaceStep.Pack, RequestStage.Fetch) => new RequestFault { HangAfter = PartOfPack },
            _ => null,
        };

        // The operator has to leave by itself. Whoever asks after it, is responded to.
        return fault is not null && held.Gate.Arrive() ? fault : null;
    }

    private Gate? Held(ApiRequest request, params RaceStep[] steps)
    {
        foreach (var (name, held) in _atApi.Where(held => steps.Contains(held.Value.Step)))
        {
            var isIt = held.Step switch
            {
                RaceStep.Finalizer => request.WritesFinalizersOf(name),
                RaceStep.FirstStatus => request.WritesStatusOf(name) && request.Body.Contains("\"Reconciling\"", StringComparison.Ordinal),
                RaceStep.Status or RaceStep.StatusResponse => request.WritesStatusOf(name)
                    && !request.Body.Contains("\"Reconciling\"", StringComparison.Ordinal),
                _ => request.PublishesEventOf(name),
            };
            if (isIt)
            {
                return held.Gate;
            }
        }

        return null;
    }

    /// <summary>Waits until a clone is where strace makes it wait for some seconds.</summary>
    private Task SeeLocalStepAsync(Race race, CodeRepo repo) =>
        Eventually.True(
            () =>
                Directory
                    .GetDirectories(Path.Combine(_fixture.Store, ".coderepo", "tmp"), $"{repo.Metadata.Uid}.*")
                    .Any(clone => File.Exists(race.Step == RaceStep.Flush ? StoreLayout.Marker(clone) : Path.Combine(clone, "README.md"))),
            CloneFixture.Soon,
            Token
        );

    private async Task ChangeAsync(Race race)
    {
        switch (race.Change)
        {
            case RaceChange.Url:
                await PatchAsync(race, new { git_url = _fixture.Server.UrlOf(race.Other) });
                break;
            case RaceChange.Branch:
                await PatchAsync(race, new { branch = "branch" });
                break;
            case RaceChange.Suspended:
                await PatchAsync(race, new { suspend = true });
                break;
            case RaceChange.Deleted or RaceChange.Recreated:
                await _cluster.Admin.CustomObjects.DeleteNamespacedCustomObjectAsync(
                    CodeRepo.Group,
                    CodeRepo.Version,
                    race.Namespace,
                    CodeRepo.Plural,
                    race.Name,
                    cancellationToken: Token
                );
                break;
            default:
                // What the namespace controller does, which this control plane has not.
                await _cluster.Admin.CoreV1.DeleteNamespaceAsync(race.Namespace, cancellationToken: Token);
                await _cluster.Admin.CustomObjects.DeleteCollectionNamespacedCustomObjectAsync(
                    CodeRepo.Group,
                    CodeRepo.Version,
                    race.Namespace,
                    CodeRepo.Plural,
                    cancellationToken: Token
                );
                break;
        }
    }

    private async Task SeeEndAsync(Race race, CodeRepo first)
    {
        switch (race.Change)
        {
            case RaceChange.Url:
                await SeeCurrentAsync(race, _commits.Other);
                break;
            case RaceChange.Branch:
                await SeeCurrentAsync(race, _commits.Branch);
                break;
            case RaceChange.Suspended:
                await SeeSuspendedAsync(race, first);
                await PatchAsync(race, new { suspend = false });
                await SeeCurrentAsync(race, _commits.Held);
                return;
            case RaceChange.Recreated:
                var again = await Eventually.SeeAsync(
                    "it is made anew",
                    _ => CreateAsync(race, race.Other),
                    _ => true,
                    CloneFixture.Soon,
                    Token
                );
                Assert.NotEqual(first.Metadata.Uid, again.Metadata.Uid);
                await SeeCurrentAsync(race, _commits.Other);
                break;
            default:
                await Eventually.HoldsAsync("it is gone", async _ => await FindAsync(race) is null, CloneFixture.Soon, Token);
                await Eventually.True(() => !Path.Exists(PathOf(race)), CloneFixture.Soon, Token);
                break;
        }

        if (race.Change == RaceChange.NamespaceDeleted)
        {
            await FinalizeNamespaceAsync(race.Namespace);
        }

        AssertNeverPublished(race, first);
    }

    private async Task SeeSuspendedAsync(Race race, CodeRepo first)
    {
        var repo = await Eventually.SeeAsync(
            "it is suspended",
            _ => FindAsync(race),
            repo =>
                repo?.Status?.ObservedGeneration == repo?.Metadata.Generation
                && CloneFixture.Condition(repo!, ConditionTypes.Ready)?.Reason == Reasons.Suspended,
            CloneFixture.Soon,
            Token
        );
        Assert.Equal(race.IsPublished ? KstatusReading.Current : KstatusReading.InProgress, Kstatus.Of(repo!));
        Assert.Equal(race.IsPublished || race.Start == RaceStart.Update, Path.Exists(PathOf(race)));
        AssertNeverPublished(race, first);
    }

    private async Task SeeCurrentAsync(Race race, string commit)
    {
        var repo = await Eventually.SeeAsync(
            $"it is Current, at {commit}",
            _ => FindAsync(race),
            repo =>
                repo is not null
                && Kstatus.Of(repo) == KstatusReading.Current
                && repo.Status!.Commit == commit
                && CloneFixture.Condition(repo, ConditionTypes.Ready)!.Reason == Reasons.Cloned,
            CloneFixture.Soon,
            Token
        );
        var clone = PathOf(race);
        var marker = MarkerFile.Read(StoreLayout.Marker(clone))!;
        Assert.Equal(
            (repo!.Metadata.Uid, repo.Spec.GitUrl, repo.Spec.Branch, commit),
            (marker.Uid, marker.Url, marker.WantedBranch, marker.Commit)
        );
        Assert.Equal(commit, await GitCommand.RunAsync(clone, "rev-parse", "HEAD"));
        Assert.Empty(await GitCommand.RunAsync(clone, "status", "--porcelain", "--ignored"));
    }

    /// <summary>What was held before it took its place must not have taken it later: it would lie in its place, or in the trash.</summary>
    private void AssertNeverPublished(Race race, CodeRepo first)
    {
        var trash = Directory
            .GetDirectories(Path.Combine(_fixture.Store, ".coderepo", "trash"))
            .Where(entry => StoreLayout.InTrashSince(entry) > DateTimeOffset.UnixEpoch);
        var published = trash
            .Append(PathOf(race))
            .Select(clone => MarkerFile.Find(StoreLayout.Marker(clone)))
            .Where(marker =>
                marker?.Uid == first.Metadata.Uid && marker.Url == _fixture.Server.UrlOf(race.Held) && marker.WantedBranch is null
            );

        // The one that is lost in a re-clone was of the same spec; the test has deleted it.
        Assert.Equal(race.IsPublished ? 1 : 0, published.Count());
    }

    private async Task FinalizeNamespaceAsync(string name)
    {
        var ending = await _cluster.Admin.CoreV1.ReadNamespaceAsync(name, cancellationToken: Token);
        Assert.Equal("Terminating", ending.Status.Phase);
        ending.Spec.Finalizers = [];
        await _cluster.Admin.CoreV1.ReplaceNamespaceFinalizeAsync(ending, name, cancellationToken: Token);
    }

    private void Serve(string name, string repository) =>
        File.CreateSymbolicLink(Path.Combine(Path.GetDirectoryName(_fixture.Project.Bare)!, name), repository);

    private string PathOf(Race race) => Path.Combine(_fixture.Store, race.Namespace, race.Name);

    private Task<CodeRepo> CreateAsync(Race race, string repository)
    {
        var repo = new CodeRepo
        {
            Metadata = new V1ObjectMeta { Name = race.Name, NamespaceProperty = race.Namespace },
            Spec = new CodeRepoSpec { GitUrl = _fixture.Server.UrlOf(repository), Interval = "0s" },
        };
        return _cluster.Admin.CustomObjects.CreateNamespacedCustomObjectAsync<CodeRepo>(
            repo,
            CodeRepo.Group,
            CodeRepo.Version,
            race.Namespace,
            CodeRepo.Plural,
            cancellationToken: Token
        );
    }

    private Task<CodeRepo> PatchAsync(Race race, object spec) =>
        _cluster.Admin.CustomObjects.PatchNamespacedCustomObjectAsync<CodeRepo>(
            new V1Patch(new { spec }, V1Patch.PatchType.MergePatch),
            CodeRepo.Group,
            CodeRepo.Version,
            race.Namespace,
            CodeRepo.Plural,
            race.Name,
            cancellationToken: Token
        );

    private async Task<CodeRepo?> FindAsync(Race race)
    {
        try
        {
            return await _cluster.Admin.CustomObjects.GetNamespacedCustomObjectAsync<CodeRepo>(
                CodeRepo.Group,
                CodeRepo.Version,
                race.Namespace,
                CodeRepo.Plural,
                race.Name,
                Token
            );
        }
        catch (HttpOperationException error) when (error.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    private async Task<(double Cloned, double Updated, double Recloned, double Errors)> CountersAsync() =>
        (
            (await _operator.MetricAsync("coderepo_repos_cloned_total", Token))!.Value,
            (await _operator.MetricAsync("coderepo_repos_updated_total", Token))!.Value,
            (await _operator.MetricAsync("coderepo_repos_recloned_total{reason=\"FolderMissing\"}", Token))!.Value,
            (await _operator.MetricAsync("coderepo_reconcile_total{result=\"error\"}", Token))!.Value
        );

    private async Task WatchAsync()
    {
        try
        {
            var events = _cluster.Admin.CustomObjects.WatchListNamespacedCustomObjectAsync(
                CodeRepo.Group,
                CodeRepo.Version,
                _fixture.Namespace,
                CodeRepo.Plural,
                cancellationToken: _ended.Token
            );
            await foreach (var (_, json) in events)
            {
                _versions.Enqueue(KubernetesJson.Deserialize<CodeRepo>(((JsonElement)json).GetRawText()));
            }
        }
        catch (OperationCanceledException) when (_ended.IsCancellationRequested)
        {
            // The test is over.
        }
    }
}

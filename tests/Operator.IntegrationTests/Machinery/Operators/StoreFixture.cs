using System.Diagnostics;
using System.Globalization;
using System.Text;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Consolidating;
using CodeRepoOperator.Cloning.Credentials;
using CodeRepoOperator.Cloning.Healing;
using CodeRepoOperator.Cloning.Inspecting;
using CodeRepoOperator.Cloning.Making;
using CodeRepoOperator.Cloning.Monitoring;
using CodeRepoOperator.Cloning.Reporting;
using CodeRepoOperator.Cloning.Scheduling;
using CodeRepoOperator.Cloning.Store;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Worker;
using CodeRepoOperator.Runtime.Leasing;
using CodeRepoOperator.Runtime.Queueing;
using CodeRepoOperator.Runtime.Settings;
using CodeRepoOperator.Runtime.Watching;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Prometheus;

namespace CodeRepoOperator.Machinery.Operators;

/// <summary>
/// The clone store without the operator around it: a real Lease, a real volume, real clones; the CodeRepos are the test's.
/// </summary>
internal sealed class StoreFixture : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly CollectorRegistry _metrics = Metrics.NewCustomRegistry();
    private readonly CloneSlots _slots;
    private readonly HostBudgets _budgets;
    private readonly WorkQueue<CodeRepo> _queue;
    private readonly TimeProvider _time;
    private readonly CloneMaker _maker;
    private readonly Func<TimeProvider, CloneConsolidator> _newConsolidator;

    private StoreFixture(RemoteFixture remote, KubeApiServer cluster, StoreOptions settings, TimeProvider time)
    {
        Remote = remote;
        Root = _directory.New("store");
        var options = Options.Create(
            new StoreOptions
            {
                Root = Root,
                Claim = $"store-{Guid.NewGuid():n}",
                Namespace = KubeApiServer.OperatorNamespace,
                Shard = settings.Shard,
                TrashGracePeriod = settings.TrashGracePeriod,
                TrashSizeLimit = settings.TrashSizeLimit,
                NamespaceShare = settings.NamespaceShare,
                Reserve = settings.Reserve,
                Quotas = settings.Quotas,
                ConsolidateAbovePacks = settings.ConsolidateAbovePacks,
            }
        );
        var metrics = new CloningMetrics(Metrics.WithCustomRegistry(_metrics));
        Layout = new StoreLayout(options);
        Lease = new LeaseHolder(
            cluster.Admin,
            new LeaseName(KubeApiServer.OperatorNamespace, options.Value.Claim),
            Options.Create(new RuntimeOptions { LeaseDuration = LeaseDuration }),
            time,
            NullLogger<LeaseHolder>.Instance
        );
        Owner = new StoreOwner(Layout, Lease, options, metrics, time, NullLogger<StoreOwner>.Instance);
        Trash = new Trash(Layout, Owner, options, metrics, time, TrashLog);
        Usage = new StoreUsage(Layout, Owner, options);
        var desired = new DesiredClones();
        Publisher = new Publisher(Layout, Owner, Trash, Usage, CodeRepos, desired);
        var shares = new HostShares();
        var runtime = Options.Create(new RuntimeOptions());
        var demand = new CloneDemand();
        var order = new CodeRepoOrder(CodeRepos, desired, demand, new LostClones(), shares, runtime);
        _queue = new WorkQueue<CodeRepo>(time, new Backoff(new Random(1)), order, demand);
        _slots = new CloneSlots(shares, order, options);
        var gitOptions = Options.Create(new GitOptions());
        var timeout = new CloneTimeout(gitOptions, time);
        var source = new CredentialSource(cluster.Admin, new GitHubAppTokens(api: null!, time), gitOptions);
        var refused = new RefusedCredentials(options, time);
        _budgets = new HostBudgets(gitOptions);
        var heads = new RemoteHeads(remote.Remote, source, refused, shares, _budgets, time);
        var poll = new RemotePoll(heads, source, shares, timeout, time);
        _time = time;
        var staging = new StagingArea(Layout, Usage, Trash, NullLogger<StagingArea>.Instance);
        var origins = new OriginCredentials(source);
        var submodules = new SubmoduleBuilder(
            new SubmoduleRemote(remote.Remote, origins, source, refused, shares),
            new SubmoduleLanes(_slots, shares),
            Layout,
            gitOptions,
            time
        );
        var failedUpdates = new FailedUpdates();
        var lfsOptions = Options.Create(new GitOptions { PermittedNetworks = ["127.0.0.0/8"], AllowCredentialsOverHttp = true });
        var lfs = new LfsBuilder(new LfsRemote(remote.Remote, origins, refused, lfsOptions), gitOptions);
        var fetcher = new CloneFetcher(remote.Remote, failedUpdates, submodules, lfs, gitOptions, time);
        var builder = new CloneBuilder(fetcher, staging, failedUpdates, Publisher, timeout, time);
        var pipeline = new ClonePipeline(_slots, poll, builder, shares, metrics);
        Store = new CloneStore(new CloneInspector(Layout, new KnownDamage()), Publisher, Layout);
        _maker = new CloneMaker(
            Store,
            Owner,
            poll,
            pipeline,
            new FirstClones(_queue, gitOptions, time, NullLogger<FirstClones>.Instance),
            new AttemptReporter(metrics, Trash, NullLogger<AttemptReporter>.Instance)
        );
        _newConsolidator = hasty =>
        {
            var rounds = new VerifyTimer(options, hasty);
            return new CloneConsolidator(
                rounds,
                _slots,
                new DueClones(Owner, Store, CodeRepos, desired, options),
                new ConsolidationSchedule(shares, new Backoff(new Random(1)), hasty),
                new SpareTime(rounds, Owner, Usage, Store, new Consolidation(Store, poll, builder, time)),
                new ConsolidationReporter(metrics, ConsolidationLog)
            );
        };
    }

    public static TimeSpan LeaseDuration { get; } = TimeSpan.FromSeconds(15);

    public RemoteFixture Remote { get; }

    public string Root { get; }

    public StoreLayout Layout { get; }

    public LeaseHolder Lease { get; }

    public StoreOwner Owner { get; }

    public StoreUsage Usage { get; }

    public Trash Trash { get; }

    public Publisher Publisher { get; }

    public CloneStore Store { get; }

    /// <summary>What the operator would know of the API server's objects.</summary>
    public EntityCache<CodeRepo> CodeRepos { get; } = new();

    public RecordingLogger<Trash> TrashLog { get; } = new();

    public RecordingLogger<ConsolidationReporter> ConsolidationLog { get; } = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Starts it and waits for its Lease. The trash is emptied when the test asks for it.</summary>
    public static async Task<StoreFixture> StartAsync(KubeApiServer cluster, StoreOptions? settings = null, TimeProvider? time = null)
    {
        var fixture = new StoreFixture(
            await RemoteFixture.StartAsync(),
            cluster,
            settings ?? new StoreOptions(),
            time ?? TimeProvider.System
        );
        await fixture.Lease.StartAsync(Token);
        await fixture.Lease.WhenHeldAsync(Token);
        return fixture;
    }

    /// <summary>Makes sure of a clone, as a reconcile does.</summary>
    public Task<EnsureResult> EnsureAsync(DesiredClone wanted, CancellationToken cancellationToken) =>
        _maker.EnsureAsync(wanted, cancellationToken);

    /// <summary>Makes sure of a clone, as a reconcile does that hears what is decided.</summary>
    public Task<EnsureResult> EnsureAsync(DesiredClone wanted, Action<CloneDecision> decided, CancellationToken cancellationToken) =>
        _maker.EnsureAsync(
            wanted,
            (decision, _) =>
            {
                decided(decision);
                return Task.FromResult(true);
            },
            cancellationToken
        );

    /// <summary>Makes sure of a clone that can be made.</summary>
    public async Task<PublishedClone> MakeAsync(DesiredClone wanted)
    {
        var made = await EnsureAsync(wanted, Token);
        Assert.True(made.Failure is null, made.Failure?.Message);
        return made.Published!;
    }

    /// <summary>Verifies a clone in full, as the operator does.</summary>
    public async Task<CheckResult> CheckAsync(PublishedClone clone)
    {
        var order = new CheckOrder(Layout.Clone(clone.Key), clone.Marker.Commit, int.MaxValue)
        {
            Submodules = clone.Marker.Submodules?.Fetched ?? [],
            Lfs = clone.Marker.LfsState,
            Sparse = clone.Marker.Sparse?.Asked,
        };
        var result = await Remote.Worker.CheckAsync(order, Token);
        Assert.True(result.Succeeded, result.Failure?.Message);
        Assert.Null(result.Value.Failure);
        return result.Value;
    }

    /// <summary>What the status of its CodeRepo says that a clone has.</summary>
    public CodeRepoContent? ContentOf(PublishedClone clone) =>
        StatusReport
            .For(CodeRepos.Find(clone.Key)!, new CloneState { Published = clone, IsAsWanted = true }, new StoreOptions(), _time.GetUtcNow())
            .Content;

    /// <summary>Polls the remote of a clone, as a reconcile does.</summary>
    public Task<EnsureResult> RefreshAsync(DesiredClone wanted, PublishedClone clone, CancellationToken cancellationToken) =>
        _maker.RefreshAsync(wanted, clone, PollNeed.Now(_time) with { Completes = true }, cancellationToken);

    /// <summary>The loop that makes clones with many packs anew, not started.</summary>
    /// <param name="time">By which it makes its rounds and waits, and nothing else: may be hasty.</param>
    public CloneConsolidator NewConsolidator(TimeProvider time) => _newConsolidator(time);

    /// <summary>Puts a CodeRepo where the operator would know it from, as new or changed.</summary>
    public DesiredClone Want(string name = "hello", Action<CodeRepo>? change = null)
    {
        var repo = new CodeRepo
        {
            Metadata = new V1ObjectMeta
            {
                Name = name,
                NamespaceProperty = "team",
                Uid = $"uid-of-{name}",
            },
            Spec = new CodeRepoSpec { GitUrl = Remote.Server.UrlOf("project.git"), Branch = "main" },
        };
        change?.Invoke(repo);
        CodeRepos.Store(repo);
        return DesiredClone.Of(repo).Value!;
    }

    /// <summary>The value of one series of the metrics, named as Prometheus writes it.</summary>
    public async Task<double> MetricAsync(string series) =>
        ValueOf((await ScrapeAsync()).Single(line => line.StartsWith(series + ' ', StringComparison.Ordinal)));

    /// <summary>The sum of all series of a metric.</summary>
    public async Task<double> SumAsync(string metric) =>
        (await ScrapeAsync())
            .Where(line =>
                line.StartsWith(metric + ' ', StringComparison.Ordinal) || line.StartsWith(metric + '{', StringComparison.Ordinal)
            )
            .Sum(ValueOf);

    /// <summary>All that is on the volume: paths and contents; of the owner file, which is locked, when it was written.</summary>
    public IReadOnlyList<string> Content() =>
        [
            .. Directory
                .EnumerateFileSystemEntries(Root, "*", SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal)
                .Select(path =>
                    File.Exists(path)
                        ? $"{path}: {(path == Layout.Owner ? new FileInfo(path).LastWriteTimeUtc.Ticks : File.ReadAllText(path))}"
                        : path
                ),
        ];

    /// <summary>The processes that have a file open in a directory.</summary>
    public static IEnumerable<int> Workers(string directory)
    {
        foreach (
            var process in Process.GetProcesses().Where(process => process.ProcessName.StartsWith("coderepo-", StringComparison.Ordinal))
        )
        {
            string?[] files;
            try
            {
                files = [.. Directory.GetFiles($"/proc/{process.Id}/fd").Select(file => new FileInfo(file).LinkTarget)];
            }
            catch (IOException)
            {
                // It has ended.
                continue;
            }

            if (files.Any(file => file?.StartsWith(directory, StringComparison.Ordinal) == true))
            {
                yield return process.Id;
            }
        }
    }

    private static double ValueOf(string line) => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);

    private async Task<string[]> ScrapeAsync()
    {
        using var exported = new MemoryStream();
        await _metrics.CollectAndExportAsTextAsync(exported, Token);
        return Encoding.UTF8.GetString(exported.ToArray()).Split('\n');
    }

    public async ValueTask DisposeAsync()
    {
        await Lease.StopAsync(CancellationToken.None);
        Trash.Dispose();
        _slots.Dispose();
        _queue.Dispose();
        _budgets.Dispose();
        Owner.Dispose();
        Lease.Dispose();
        await Remote.DisposeAsync();
        _directory.Dispose();
    }
}

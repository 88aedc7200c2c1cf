using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Scheduling;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Leasing;
using CodeRepoOperator.Runtime.Monitoring;
using CodeRepoOperator.Runtime.Queueing;
using CodeRepoOperator.Runtime.Reporting;
using CodeRepoOperator.Runtime.Settings;
using CodeRepoOperator.Runtime.Watching;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Prometheus;

namespace CodeRepoOperator.Cloning.Reporting;

public sealed class CodeRepoReporterTests
{
    [Fact]
    public async Task Without_the_Lease_nothing_is_reported()
    {
        // Nobody listens there, and nobody is to be asked.
        using var kubernetes = new Kubernetes(new KubernetesClientConfiguration { Host = "http://127.0.0.1:9" });
        using var lease = new LeaseHolder(
            kubernetes,
            new LeaseName("system", "store"),
            Options.Create(new RuntimeOptions()),
            TimeProvider.System,
            NullLogger<LeaseHolder>.Instance
        );
        var names = new RuntimeNames("coderepo.dev/operator", "coderepo");
        using var budget = new EventBudget(EventBudget.Refill, TimeProvider.System);
        var reporter = new CodeRepoReporter(
            new CodeRepoStatusWriter(
                new StatusWriter<CodeRepo>(kubernetes, new EntityCache<CodeRepo>()),
                names,
                Options.Create(new StoreOptions()),
                TimeProvider.System
            ),
            new CodeRepoEvents(
                new EventPublisher(
                    kubernetes,
                    new EventFactory(names, Options.Create(new RuntimeOptions()), TimeProvider.System),
                    budget,
                    new RuntimeMetrics(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry()), names),
                    TimeProvider.System,
                    NullLogger<EventPublisher>.Instance
                ),
                NullLogger<CodeRepoEvents>.Instance
            ),
            lease
        );
        var repo = new CodeRepo
        {
            Metadata = new V1ObjectMeta
            {
                Name = "hello",
                NamespaceProperty = "team",
                Uid = "uid",
            },
        };
        var state = new CloneState { UnderWay = (Reasons.Cloning, "The first clone is being made.") };

        var reported = await reporter.ReportAsync(repo, state, TestContext.Current.CancellationToken);

        Assert.Contains("Lease", reported.Failure?.Message, StringComparison.Ordinal);

        // Which is no failure of the CodeRepo, and no reason to wait for long.
        var retry = new RetryDelay(new Backoff(new Random(1)), Options.Create(new StoreOptions()));
        var outcomes = new OutcomeReporter(new CloneDemand(), reporter, retry);
        var result = await outcomes.ReportAsync(repo, state, nextPollIn: null, TestContext.Current.CancellationToken);
        Assert.True(result is { IsUnreported: true, IsSuccess: false });
    }
}

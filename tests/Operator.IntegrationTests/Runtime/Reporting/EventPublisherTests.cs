using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Monitoring;
using CodeRepoOperator.Runtime.Settings;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Prometheus;

namespace CodeRepoOperator.Runtime.Reporting;

public sealed class EventPublisherTests
{
    [Fact]
    public async Task An_API_server_that_is_away_is_reported_once_and_not_for_every_event()
    {
        // The port of the discard service: nothing listens there.
        using var away = new Kubernetes(new KubernetesClientConfiguration { Host = "http://127.0.0.1:9" });
        var names = new RuntimeNames("coderepo.dev/operator", "coderepo");
        var log = new RecordingLogger<EventPublisher>();
        using var budget = new EventBudget(EventBudget.Refill, TimeProvider.System);
        var events = new EventPublisher(
            away,
            new EventFactory(names, Options.Create(new RuntimeOptions()), TimeProvider.System),
            budget,
            new RuntimeMetrics(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry()), names),
            TimeProvider.System,
            log
        );

        foreach (var name in new[] { "one", "two", "three" })
        {
            await events.NormalAsync(
                new CodeRepo
                {
                    Metadata = new V1ObjectMeta
                    {
                        Name = name,
                        Uid = name,
                        NamespaceProperty = $"ns-{name}",
                    },
                },
                "Cloned",
                "note"
            );
        }

        Assert.Equal([LogLevel.Warning, LogLevel.Debug, LogLevel.Debug], log.Entries.Select(entry => entry.Level));
    }
}

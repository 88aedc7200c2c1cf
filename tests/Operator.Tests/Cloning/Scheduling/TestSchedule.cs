using CodeRepoOperator.Cloning.Making;
using CodeRepoOperator.Cloning.Monitoring;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Runtime.Queueing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Prometheus;

namespace CodeRepoOperator.Cloning.Scheduling;

/// <summary>Schedules of polls, with all that they need.</summary>
internal static class TestSchedule
{
    public static PollSchedule Of(TimeProvider time, GitOptions? options = null, Backoff? backoff = null)
    {
        var wrapped = Options.Create(options ?? new GitOptions());
        backoff ??= new Backoff(new Random(1));
        var putOff = new PutOffPolls(
            new HostBudgets(wrapped),
            backoff,
            new CloningMetrics(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry())),
            time,
            NullLogger<PutOffPolls>.Instance
        );
        return new PollSchedule(backoff, wrapped, putOff, time);
    }
}

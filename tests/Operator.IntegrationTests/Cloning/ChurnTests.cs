using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using CodeRepoOperator.Entities;
using k8s;
using k8s.Autorest;

namespace CodeRepoOperator.Cloning;

/// <summary>
/// CodeRepos that come and go at random, many at a time: what is left in the end, and whether the counters tell the truth.
/// </summary>
[Trait("Category", "Slow")]
public sealed class ChurnTests(KubeApiServer cluster)
{
    private const int Seed = 4;

    /// <summary>The pace of the load, not a wait for anything: faster, and most would be deleted before they are cloned.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(40);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public Task Nothing_is_left_of_CodeRepos_that_come_and_go() => ChurnAsync(repos: 50, TimeSpan.FromSeconds(10));

    [Fact]
    [Trait("Category", "Soak")]
    public Task Nothing_is_left_of_500_CodeRepos_that_come_and_go_for_3_minutes() => ChurnAsync(repos: 500, TimeSpan.FromMinutes(3));

    private async Task ChurnAsync(int repos, TimeSpan time)
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);

        // With the lease's default: a third of it, as other tests have it, may run out on a machine that is this busy, which is a warning.
        var running = await fixture.StartReadyOperatorAsync(OperatorProcess.UsualLease);
        await fixture.CreateAsync();
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);

        // What really happens, as the volume sees it: a clone is published and removed by a rename each.
        var (published, removed) = (new ConcurrentBag<string>(), new ConcurrentBag<string>());
        using var volume = new FileSystemWatcher(Path.Combine(fixture.Store, fixture.Namespace))
        {
            InternalBufferSize = 65_536,
            NotifyFilter = NotifyFilters.DirectoryName,
        };
        volume.Created += (_, entry) => published.Add(entry.Name!);
        volume.Deleted += (_, entry) => removed.Add(entry.Name!);
        volume.Error += (_, lost) => published.Add($"events were lost: {lost.GetException().Message}");
        volume.EnableRaisingEvents = true;

        var created = await ComeAndGoAsync(fixture, repos, time);
        await fixture.DeleteAsync();

        await Eventually.HoldsAsync(
            "all objects are gone",
            async _ => (await fixture.ListAsync()).Count == 0,
            2 * CloneFixture.Soon,
            Token
        );
        await Eventually.True(
            () => Left(fixture).Length == 0 && removed.Count == published.Count + 1,
            CloneFixture.Soon,
            Token,
            "nothing is left on the volume and all that came has gone"
        );
        Assert.InRange(published.Count, 1, created);
        Assert.Equal(published.Count + 1, await running.MetricAsync("coderepo_repos_cloned_total", Token));
        Assert.Equal(published.Count + 1, running.Log.Split('\n').Count(line => line.Contains(" Cloned ", StringComparison.Ordinal)));
        Assert.Equal(removed.Count, running.Log.Split('\n').Count(line => line.Contains("Removed the clone of", StringComparison.Ordinal)));
        Assert.Empty(await NotZeroAsync(running));
        Assert.DoesNotContain(" warn ", running.Log, StringComparison.Ordinal);
        Assert.DoesNotContain(" fail ", running.Log, StringComparison.Ordinal);

        Assert.Equal(0, await running.StopAsync(Token));
        var lease = await cluster.Admin.CoordinationV1.ReadNamespacedLeaseAsync(
            KubeApiServer.OperatorClaim,
            fixture.Home,
            cancellationToken: Token
        );
        Assert.Null(lease.Spec.HolderIdentity);
    }

    /// <summary>Creates those that are not there and deletes those that are, one of them each time.</summary>
    /// <returns>How many were created.</returns>
    [SuppressMessage("Security", "CA5394", Justification = "The same order each time; no secret.")]
    private static async Task<int> ComeAndGoAsync(CloneFixture fixture, int repos, TimeSpan time)
    {
        var (random, there, created) = (new Random(Seed), new HashSet<int>(), 0);
        using var pace = new PeriodicTimer(Pace, TimeProvider.System);
        for (var step = 0; step < time / Pace && await pace.WaitForNextTickAsync(Token); step++)
        {
            var number = random.Next(repos);
            var name = $"repo-{number}";
            if (there.Remove(number))
            {
                await fixture.DeleteAsync(name);
            }
            else if (await TryCreateAsync(fixture, name))
            {
                there.Add(number);
                created++;
            }
        }

        foreach (var number in there)
        {
            await fixture.DeleteAsync($"repo-{number}");
        }

        return created;
    }

    /// <summary>Not while the one before it under this name is still being deleted.</summary>
    private static async Task<bool> TryCreateAsync(CloneFixture fixture, string name)
    {
        try
        {
            await fixture.CreateAsync(repo => repo.Metadata.Name = name);
            return true;
        }
        catch (HttpOperationException error) when (error.Response.StatusCode == HttpStatusCode.Conflict)
        {
            return false;
        }
    }

    private static string[] Left(CloneFixture fixture) =>
        [
            .. Directory.GetFileSystemEntries(Path.Combine(fixture.Store, fixture.Namespace)),
            .. Directory.GetFileSystemEntries(Path.Combine(fixture.Store, ".coderepo", "tmp")),
            .. Directory.GetFileSystemEntries(Path.Combine(fixture.Store, ".coderepo", "trash")),
        ];

    /// <summary>The series that must be at rest, or never have moved, and are not.</summary>
    private static async Task<IEnumerable<string>> NotZeroAsync(OperatorProcess running)
    {
        string[] names =
        [
            "coderepo_repos{",
            "coderepo_repos_recloned_total",
            "coderepo_repos_updated_total",
            "coderepo_clones_in_progress",
            "coderepo_workqueue_depth",
            "coderepo_reconcile_total{result=\"error\"}",
            "coderepo_reconcile_total{result=\"failure\"}",
            "coderepo_event_failures_total",
        ];
        var (_, body) = await running.GetAsync("/metrics", Token);
        return body.Split('\n')
            .Where(line =>
                Array.Exists(names, name => line.StartsWith(name, StringComparison.Ordinal))
                && !line.EndsWith(" 0", StringComparison.Ordinal)
            );
    }
}

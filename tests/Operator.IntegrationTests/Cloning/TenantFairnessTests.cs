using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using CodeRepoOperator.Entities;
using k8s;
using k8s.Models;

namespace CodeRepoOperator.Cloning;

/// <summary>What the namespaces of others have to do with one's own.</summary>
[Trait("Category", "Slow")]
public sealed class TenantFairnessTests(KubeApiServer cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("16 on 4 addresses", 16, 4)]
    [InlineData("100 on 100 addresses", 100, 100)]
    public async Task A_namespace_whose_remotes_are_silent_holds_up_no_other(string what, int hostile, int addresses)
    {
        using var silent = new SilentAddresses(addresses);
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var other = await cluster.CreateNamespaceAsync(Token);
        var running = await fixture.StartReadyOperatorAsync(("Operator__Namespaces__1", other));
        await CreateHostileAsync(other, hostile, silent);
        await Eventually.HoldsAsync(
            $"{what}: as many as may are waiting",
            async token => await running.MetricAsync("coderepo_clones_in_progress", token) >= 9,
            CloneFixture.Soon,
            Token
        );

        await TimeToReadyAsync(fixture, 5);

        // One that is being worked on, and one that waits.
        var watch = Stopwatch.StartNew();
        await DeleteAsync(other, "hostile-0");
        await DeleteAsync(other, $"hostile-{hostile - 1}");
        await Eventually.HoldsAsync("both are gone", async _ => await CountAsync(other) == hostile - 2, TimeSpan.FromSeconds(15), Token);
        TestContext.Current.TestOutputHelper?.WriteLine($"{what}: two removals took {watch.Elapsed}");

        fixture.LoseClone("good-0");
        await fixture.SeeAsync("what was lost is made again", repo => repo.Status?.Reclones == 1, "good-0");
    }

    [Fact]
    [Trait("Category", "Soak")]
    public async Task Twenty_beside_a_hundred_that_hang_take_less_than_twice_as_long()
    {
        var alone = await MeasureAsync(hostile: 0);
        var beside = await MeasureAsync(hostile: 100);

        TestContext.Current.TestOutputHelper?.WriteLine($"alone {alone}, beside a hostile namespace {beside}");
        Assert.True(beside < alone * 2, $"{beside}, and {alone} alone");
    }

    [Fact]
    public async Task A_timeout_of_a_day_is_cut_to_what_the_administrator_allows()
    {
        using var silent = new SilentAddresses(1);
        await using var fixture = await CloneFixture.StartAsync(cluster);
        await fixture.StartReadyOperatorAsync(("Git__MaxTimeout", "00:00:01"));

        await fixture.CreateAsync(repo => (repo.Spec.GitUrl, repo.Spec.Timeout) = (silent.UrlOf(0), "24h"));

        await fixture.SeeAsync("it says what cut it", repo =>
            CloneFixture.Condition(repo, ConditionTypes.Ready) is { Reason: Reasons.Timeout } ready
            && ready.Message.Contains("Git:MaxTimeout", StringComparison.Ordinal)
        );
    }

    private async Task<TimeSpan> MeasureAsync(int hostile)
    {
        using var silent = new SilentAddresses(hostile);
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var other = await cluster.CreateNamespaceAsync(Token);
        var running = await fixture.StartReadyOperatorAsync(("Operator__Namespaces__1", other));
        await CreateHostileAsync(other, hostile, silent);
        await Eventually.HoldsAsync(
            "as many as may are waiting",
            async token => hostile == 0 || await running.MetricAsync("coderepo_clones_in_progress", token) >= 9,
            CloneFixture.Soon,
            Token
        );
        return await TimeToReadyAsync(fixture, 20);
    }

    /// <summary>Creates CodeRepos, and waits until all are ready.</summary>
    private static async Task<TimeSpan> TimeToReadyAsync(CloneFixture fixture, int count)
    {
        var watch = Stopwatch.StartNew();
        await Parallel.ForEachAsync(Enumerable.Range(0, count), Token, async (number, _) =>
            await fixture.CreateAsync(repo => repo.Metadata.Name = $"good-{number}")
        );
        await Eventually.HoldsAsync(
            $"{count} are ready",
            async _ =>
                (await fixture.ListAsync()).Count(repo => CloneFixture.Condition(repo, ConditionTypes.Ready)?.Status == "True") == count,
            CloneFixture.Soon,
            Token
        );
        return watch.Elapsed;
    }

    private Task CreateHostileAsync(string ofNamespace, int count, SilentAddresses silent) =>
        Parallel.ForEachAsync(Enumerable.Range(0, count), Token, async (number, token) =>
        {
            var repo = new CodeRepo
            {
                Metadata = new V1ObjectMeta { Name = $"hostile-{number}", NamespaceProperty = ofNamespace },
                Spec = new CodeRepoSpec { GitUrl = silent.UrlOf(number), Timeout = "24h" },
            };
            await cluster.Admin.CustomObjects.CreateNamespacedCustomObjectAsync<CodeRepo>(
                repo,
                CodeRepo.Group,
                CodeRepo.Version,
                ofNamespace,
                CodeRepo.Plural,
                cancellationToken: token
            );
        });

    private Task<object> DeleteAsync(string ofNamespace, string name) =>
        cluster.Admin.CustomObjects.DeleteNamespacedCustomObjectAsync(
            CodeRepo.Group,
            CodeRepo.Version,
            ofNamespace,
            CodeRepo.Plural,
            name,
            cancellationToken: Token
        );

    private async Task<int> CountAsync(string ofNamespace) =>
        (
            await cluster.Admin.CustomObjects.ListNamespacedCustomObjectAsync<KubernetesList<CodeRepo>>(
                CodeRepo.Group,
                CodeRepo.Version,
                ofNamespace,
                CodeRepo.Plural,
                cancellationToken: Token
            )
        )
            .Items
            .Count;

    /// <summary>Addresses that take connections and never respond.</summary>
    private sealed class SilentAddresses : IDisposable
    {
        private readonly List<TcpListener> _listeners = [];

        public SilentAddresses(int count)
        {
            for (var number = 0; number < count; number++)
            {
                var listener = new TcpListener(IPAddress.Loopback, 0);
                listener.Start();
                _listeners.Add(listener);
            }
        }

        public string UrlOf(int number) =>
            string.Create(
                CultureInfo.InvariantCulture,
                $"http://127.0.0.1:{((IPEndPoint)_listeners[number % _listeners.Count].LocalEndpoint).Port}/hello-{number}.git"
            );

        public void Dispose() => _listeners.ForEach(listener => listener.Dispose());
    }
}

using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Reconciling;
using CodeRepoOperator.Runtime.Watching;
using k8s;
using k8s.Models;

namespace CodeRepoOperator.Installing;

/// <summary>
/// <c>coderepo-operator release</c> as the chart's hook runs it: with the rights that the chart gives the hook, in the namespaces of one
/// test alone.
/// </summary>
[Trait("Category", "Slow")]
public sealed class ReleaseCommandTests(KubeApiServer cluster) : IAsyncLifetime
{
    private const string Claim = "store-coderepo-operator-0";
    private const string Another = "example.com/another";

    private readonly ChartFixture _fixture = new(cluster);
    private string _home = "";
    private string _served = "";
    private string _kubeconfig = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        (_home, _served) = (await cluster.CreateNamespaceAsync(Token), await cluster.CreateNamespaceAsync(Token));
        var objects = await _fixture.TemplateAsync("helm", "coderepo-operator", _home, "--set", $"watchNamespaces={{{_served}}}");
        await _fixture.ApplyAsync(objects.Where(item => Manifest.IsHook(item) && item["kind"]!.ToString() != "Job"));
        _kubeconfig = await _fixture.KubeconfigAsync(_home, "coderepo-operator-release");
    }

    public ValueTask DisposeAsync()
    {
        _fixture.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task The_finalizer_comes_off_and_nobody_elses_does()
    {
        await CreateAsync("plain", CodeRepo.CloneFinalizer);
        await CreateAsync("shared", Another, CodeRepo.CloneFinalizer);
        await CreateAsync("untouched", Another);
        await CreateAsync("deleted", CodeRepo.CloneFinalizer);
        await DeleteAsync("deleted");
        var before = await GetAsync("untouched");

        var first = await ReleaseAsync();
        var second = await ReleaseAsync();

        Assert.Equal(
            [
                "CodeRepos released: 3. Their clones stay on the volume.",
                $"released {_served}/deleted, which waited to be deleted",
                $"released {_served}/plain",
                $"released {_served}/shared",
            ],
            LinesOf(first)
        );
        Assert.Equal(["CodeRepos released: 0. Their clones stay on the volume."], LinesOf(second));
        Assert.Equal(
            ["plain: ", $"shared: {Another}", $"untouched: {Another}"],
            (await ListAsync()).Select(repo => $"{repo.Metadata.Name}: {string.Join(' ', repo.Metadata.Finalizers ?? [])}")
        );
        Assert.Equal(before.Metadata.ResourceVersion, (await GetAsync("untouched")).Metadata.ResourceVersion);
    }

    /// <summary>There is no namespace controller here: the test deletes what is in the namespace, as it would.</summary>
    [Fact]
    public async Task A_namespace_that_waited_for_a_CodeRepo_has_none_left()
    {
        await CreateAsync("waiting", CodeRepo.CloneFinalizer);
        await cluster.Admin.CoreV1.DeleteNamespaceAsync(_served, cancellationToken: Token);
        await DeleteAsync("waiting");

        Assert.Equal(0, (await ReleaseAsync()).ExitCode);

        Assert.Empty(await ListAsync());
    }

    [Fact]
    public async Task A_dry_run_lists_and_changes_nothing()
    {
        await CreateAsync("one", CodeRepo.CloneFinalizer);

        var dry = await ReleaseAsync("--dry-run");

        Assert.Equal(["CodeRepos that would be released: 1.", $"would release {_served}/one"], LinesOf(dry));
        Assert.Equal([CodeRepo.CloneFinalizer], (await GetAsync("one")).Metadata.Finalizers);
    }

    /// <summary>A dry run: for real it would release other tests' CodeRepos.</summary>
    [Fact]
    public async Task Without_named_namespaces_it_is_all_of_them()
    {
        await CreateAsync("one", CodeRepo.CloneFinalizer);

        var dry = await RunAsync(new() { ["KUBECONFIG"] = cluster.AdminKubeconfig }, "--dry-run");

        Assert.Contains($"would release {_served}/one", LinesOf(dry));
    }

    [Fact]
    public async Task It_waits_for_an_operator_to_give_the_store_back()
    {
        await CreateAsync("one", CodeRepo.CloneFinalizer);
        await HoldAsync("coderepo-operator-0_1", seconds: 3600);
        await using var running = Start();
        await running.SeeAsync($"waiting for coderepo-operator-0_1: it holds the store (Lease {_home}/{Claim})");
        Assert.Equal([CodeRepo.CloneFinalizer], (await GetAsync("one")).Metadata.Finalizers);

        await HoldAsync(null, seconds: 3600);

        Assert.Equal(0, await running.WhenEndedAsync(Token));
        Assert.Null((await GetAsync("one")).Metadata.Finalizers);
    }

    /// <summary>As after an uninstall that took the operator's rights away before it could give the Lease back.</summary>
    [Fact]
    public async Task A_Lease_that_nobody_renews_runs_out_by_our_own_clock()
    {
        await CreateAsync("one", CodeRepo.CloneFinalizer);
        // By its time stamp it ran out years ago, and nothing would be waited for; what counts is that it is not seen to change for 3 s.
        await HoldAsync("coderepo-operator-0_1", seconds: 3, renewed: new DateTime(2020, 1, 1, 0, 0, 0, 1, 1, DateTimeKind.Utc));
        await using var running = Start();
        await running.SeeAsync("waiting for coderepo-operator-0_1");

        Assert.Equal(0, await running.WhenEndedAsync(Token));
        Assert.Null((await GetAsync("one")).Metadata.Finalizers);
    }

    [Fact]
    public async Task While_an_operator_runs_nothing_is_let_go_of()
    {
        await CreateAsync("one", CodeRepo.CloneFinalizer);
        await HoldAsync("coderepo-operator-0_1", seconds: 3600);

        var refused = await ReleaseAsync("--timeout=0s");

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains(
            $"Not done: coderepo-operator-0_1 holds the store (Lease {_home}/{Claim}), so an operator runs. Uninstall or stop it",
            refused.Error,
            StringComparison.Ordinal
        );
        Assert.Equal([CodeRepo.CloneFinalizer], (await GetAsync("one")).Metadata.Finalizers);
    }

    [Fact]
    public async Task What_others_change_meanwhile_is_not_lost()
    {
        await CreateAsync("busy", CodeRepo.CloneFinalizer);
        await CreateAsync("gone", CodeRepo.CloneFinalizer);
        var changes = 0;
        var way = new WayToApiServer
        {
            // Right before the first attempts one gets another finalizer, and one is taken away.
            Before = async request =>
            {
                if (
                    request.StartsWith("PATCH", StringComparison.Ordinal)
                    && request.Contains("/busy", StringComparison.Ordinal)
                    && ++changes == 1
                )
                {
                    await PatchAsync("busy", new { metadata = new { finalizers = new[] { CodeRepo.CloneFinalizer, Another } } });
                }
                else if (request.StartsWith("PATCH", StringComparison.Ordinal) && request.Contains("/gone", StringComparison.Ordinal))
                {
                    await PatchAsync("gone", new { metadata = new { finalizers = Array.Empty<string>() } });
                    await DeleteAsync("gone");
                }
            },
        };
        var configuration = await KubernetesClientConfiguration.BuildConfigFromConfigFileAsync(new FileInfo(_kubeconfig));
        using var kubernetes = new ApiClient(configuration, TimeProvider.System, way);
        var release = new CodeRepoRelease(
            new EntityReader<CodeRepo>(kubernetes),
            new FinalizerKeeper<CodeRepo>(kubernetes, new EntityCache<CodeRepo>(), new FinalizerName<CodeRepo>(CodeRepo.CloneFinalizer)),
            TextWriter.Null
        );

        var released = await release.RunAsync(_served, isDryRun: false, Token);

        Assert.Equal((1, 2), (released, changes));
        Assert.Equal(
            [$"busy: {Another}"],
            (await ListAsync()).Select(repo => $"{repo.Metadata.Name}: {string.Join(' ', repo.Metadata.Finalizers ?? [])}")
        );
    }

    [Fact]
    public async Task A_missing_right_is_reported_without_a_stack_trace()
    {
        await CreateAsync("one", CodeRepo.CloneFinalizer);
        await cluster.Admin.RbacAuthorizationV1.DeleteNamespacedRoleAsync("coderepo-operator-release", _served, cancellationToken: Token);

        var refused = await ReleaseAsync();

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("Not finished: the API server: 403 coderepos.coderepo.dev is forbidden", refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(" at CodeRepoOperator", refused.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--timeout=5", "--timeout is '5': must be a duration, such as 90s or 5m.")]
    [InlineData("--clame=x", "clame")]
    public async Task A_wrong_option_is_reported(string option, string word)
    {
        var refused = await ReleaseAsync(option);

        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains(word, refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_cluster_it_says_so()
    {
        var none = await RunAsync(new() { ["HOME"] = _fixture.Directory, ["KUBECONFIG"] = "" });

        Assert.Equal(2, none.ExitCode);
        Assert.Contains("no cluster is configured: set KUBECONFIG", none.Error, StringComparison.Ordinal);
    }

    /// <summary>What it writes comes in no order: several are at it at once.</summary>
    private static IEnumerable<string> LinesOf(ProcessOutcome outcome) =>
        outcome.OutputOrThrow().Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal);

    private Dictionary<string, string> Environment() => new() { ["KUBECONFIG"] = _kubeconfig, ["Operator__Namespaces__0"] = _served };

    private Task<ProcessOutcome> ReleaseAsync(params string[] options) => RunAsync(Environment(), options);

    private Task<ProcessOutcome> RunAsync(Dictionary<string, string> environment, params string[] options) =>
        ProcessRunner.RunAsync(
            CommandProcess.Program,
            ["release", $"--namespace={_home}", $"--claim={Claim}", .. options],
            environment,
            input: "",
            Token
        );

    private CommandProcess Start() => CommandProcess.Start(Environment(), "release", $"--namespace={_home}", $"--claim={Claim}");

    private Task<object> CreateAsync(string name, params string[] finalizers) =>
        cluster.Admin.CustomObjects.CreateNamespacedCustomObjectAsync(
            new CodeRepo
            {
                Metadata = new V1ObjectMeta
                {
                    Name = name,
                    NamespaceProperty = _served,
                    Finalizers = finalizers,
                },
                Spec = new CodeRepoSpec { GitUrl = "https://git.example.com/team/hello.git" },
            },
            CodeRepo.Group,
            CodeRepo.Version,
            _served,
            CodeRepo.Plural,
            cancellationToken: Token
        );

    private Task<object> DeleteAsync(string name) =>
        cluster.Admin.CustomObjects.DeleteNamespacedCustomObjectAsync(
            CodeRepo.Group,
            CodeRepo.Version,
            _served,
            CodeRepo.Plural,
            name,
            cancellationToken: Token
        );

    private Task<object> PatchAsync(string name, object patch) =>
        cluster.Admin.CustomObjects.PatchNamespacedCustomObjectAsync(
            new V1Patch(patch, V1Patch.PatchType.MergePatch),
            CodeRepo.Group,
            CodeRepo.Version,
            _served,
            CodeRepo.Plural,
            name,
            cancellationToken: Token
        );

    private async Task<CodeRepo> GetAsync(string name) => (await ListAsync()).Single(repo => repo.Metadata.Name == name);

    private async Task<IEnumerable<CodeRepo>> ListAsync() =>
        (
            await cluster.Admin.CustomObjects.ListNamespacedCustomObjectAsync<KubernetesList<CodeRepo>>(
                CodeRepo.Group,
                CodeRepo.Version,
                _served,
                CodeRepo.Plural,
                cancellationToken: Token
            )
        ).Items.OrderBy(repo => repo.Metadata.Name, StringComparer.Ordinal);

    private async Task HoldAsync(string? holder, int seconds, DateTime? renewed = null)
    {
        var lease = new V1Lease
        {
            ApiVersion = "coordination.k8s.io/v1",
            Kind = "Lease",
            Metadata = new V1ObjectMeta { Name = Claim },
            Spec = new V1LeaseSpec
            {
                HolderIdentity = holder,
                LeaseDurationSeconds = seconds,
                RenewTime = renewed,
            },
        };
        await cluster.Admin.CoordinationV1.PatchNamespacedLeaseAsync(
            new V1Patch(lease, V1Patch.PatchType.ApplyPatch),
            Claim,
            _home,
            fieldManager: "test",
            force: true,
            cancellationToken: Token
        );
    }
}

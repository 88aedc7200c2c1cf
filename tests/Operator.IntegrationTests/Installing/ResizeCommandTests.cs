using k8s;

namespace CodeRepoOperator.Installing;

/// <summary>
/// <c>coderepo-operator resize</c> as the chart's hook runs it, with the rights that the chart gives the hook; and that the upgrade then
/// goes through. No controllers run here: the tests bind claims and collect garbage.
/// </summary>
[Trait("Category", "Slow")]
public sealed class ResizeCommandTests(KubeApiServer cluster) : IAsyncLifetime
{
    private const string Release = VolumeFixture.Release;

    private readonly ChartFixture _fixture = new(cluster);
    private string _home = "";
    private string _kubeconfig = "";
    private VolumeFixture _volume = null!;

    public static TheoryData<string> Helms => [.. ChartFixture.Helms];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _home = await cluster.CreateNamespaceAsync(Token);
        _volume = new VolumeFixture(cluster, _home);
        var objects = await _fixture.TemplateAsync("helm", Release, _home, "--set", $"watchNamespaces={{{_home}}}");
        await _fixture.ApplyAsync(objects.Where(item => Manifest.IsHook(item) && item["kind"]!.ToString() != "Job"));
        _kubeconfig = await _fixture.KubeconfigAsync(_home, "coderepo-operator-resize");
    }

    public ValueTask DisposeAsync()
    {
        _fixture.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [MemberData(nameof(Helms))]
    public async Task A_volume_grows_by_an_upgrade_and_pods_and_claims_stay(string program)
    {
        var helm = _fixture.Helm(program);
        await InstallAsync(helm, "20Gi");
        await _volume.CreateClaimAsync("20Gi", growing: true);
        await _volume.CreatePodAsync();

        await using var resizing = Start("--claim-size=40Gi");
        await _volume.CollectGarbageAsync();
        Assert.Equal(0, await resizing.WhenEndedAsync(Token));
        await UpgradeAsync(helm, "40Gi");

        Assert.Equal("40Gi", await _volume.ClaimSizeAsync());
        Assert.Equal("40Gi", await _volume.TemplateSizeAsync());
        Assert.Null(
            (await cluster.Admin.CoreV1.ReadNamespacedPodAsync("coderepo-operator-0", _home, cancellationToken: Token))
                .Metadata
                .DeletionTimestamp
        );
        Assert.Contains(
            $"nothing to resize: the StatefulSet {Release} asks for 40Gi already",
            (await ResizeAsync("--claim-size=40Gi")).OutputOrThrow(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Without_it_the_API_server_refuses_the_upgrade()
    {
        await InstallAsync(_fixture.Helm("helm"), "20Gi");

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => UpgradeAsync(_fixture.Helm("helm"), "40Gi"));

        Assert.Contains("updates to statefulset spec", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_may_end_anywhere_and_be_run_again()
    {
        var helm = _fixture.Helm("helm");
        await InstallAsync(helm, "20Gi");
        await _volume.CreateClaimAsync("20Gi", growing: true);

        // Ended while the StatefulSet was being deleted: nobody collects garbage.
        var late = await ResizeAsync("--claim-size=40Gi", "--timeout=0s");
        Assert.Equal(1, late.ExitCode);
        Assert.Contains("still being deleted", late.Error, StringComparison.Ordinal);
        Assert.Equal("40Gi", await _volume.ClaimSizeAsync());

        await using var again = Start("--claim-size=40Gi");
        await _volume.CollectGarbageAsync();
        Assert.Equal(0, await again.WhenEndedAsync(Token));

        // Ended before the upgrade made it anew.
        Assert.Contains(
            $"nothing to resize: there is no StatefulSet {_home}/{Release}",
            (await ResizeAsync("--claim-size=40Gi")).OutputOrThrow(),
            StringComparison.Ordinal
        );
        await UpgradeAsync(helm, "40Gi");
        Assert.Equal("40Gi", await _volume.TemplateSizeAsync());
    }

    [Fact]
    public async Task A_smaller_size_is_refused_before_anything_is_changed()
    {
        await InstallAsync(_fixture.Helm("helm"), "40Gi");
        await _volume.CreateClaimAsync("40Gi", growing: true);
        var before = (await _volume.SetAsync())!.Metadata.ResourceVersion;

        var refused = await ResizeAsync("--claim-size=20Gi");

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains(
            $"the claim {VolumeFixture.Claim} has 40Gi, and a claim can't be made smaller: ask for 40Gi or more.",
            refused.Error,
            StringComparison.Ordinal
        );
        Assert.Equal((before, "40Gi"), ((await _volume.SetAsync())!.Metadata.ResourceVersion, await _volume.ClaimSizeAsync()));
    }

    [Fact]
    public async Task A_rollback_leaves_the_claim_as_it_has_grown()
    {
        var helm = _fixture.Helm("helm");
        await InstallAsync(helm, "20Gi");
        await _volume.CreateClaimAsync("20Gi", growing: true);
        await ResizeWithGarbageAsync("--claim-size=40Gi");
        await UpgradeAsync(helm, "40Gi");

        await ResizeWithGarbageAsync("--claim-size=20Gi", "--keep-larger");
        await helm.RunAsync(["rollback", Release, "1", "--namespace", _home, "--no-hooks"], Token);

        Assert.Equal(("20Gi", "40Gi"), (await _volume.TemplateSizeAsync(), await _volume.ClaimSizeAsync()));
    }

    [Fact]
    public async Task A_StorageClass_that_lets_nothing_grow_is_reported_and_the_StatefulSet_stays()
    {
        await InstallAsync(_fixture.Helm("helm"), "20Gi");
        await _volume.CreateClaimAsync("20Gi", growing: false);

        var refused = await ResizeAsync("--claim-size=40Gi");

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains($"Not done: the claim {VolumeFixture.Claim} can't grow to 40Gi: 403", refused.Error, StringComparison.Ordinal);
        Assert.Contains("allowVolumeExpansion: true", refused.Error, StringComparison.Ordinal);
        Assert.Null((await _volume.SetAsync())!.Metadata.DeletionTimestamp);
    }

    [Fact]
    public async Task The_first_upgrade_of_an_operator_that_never_had_a_claim_only_makes_the_StatefulSet_anew()
    {
        await InstallAsync(_fixture.Helm("helm"), "20Gi");

        await ResizeWithGarbageAsync("--claim-size=10Gi");

        Assert.Null(await _volume.SetAsync());
    }

    [Theory]
    [InlineData("much")]
    [InlineData("-1Gi")]
    [InlineData("0")]
    public async Task A_size_that_is_none_is_refused(string size)
    {
        var refused = await ResizeAsync($"--claim-size={size}");

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains($"--claim-size is '{size}': must be an amount of storage, such as 40Gi.", refused.Error, StringComparison.Ordinal);
    }

    private string[] Values(string size) =>
        ["--namespace", _home, "--no-hooks", "--set", $"crd.install=false,rbac.create=false,rbac.userRoles=false,persistence.size={size}"];

    private Task<string> InstallAsync(Helm helm, string size) =>
        helm.RunAsync(["install", Release, ChartFixture.Chart, .. Values(size)], Token);

    private Task<string> UpgradeAsync(Helm helm, string size) =>
        helm.RunAsync(["upgrade", Release, ChartFixture.Chart, .. Values(size)], Token);

    private string[] Arguments(string[] options) => ["resize", $"--namespace={_home}", $"--statefulset={Release}", .. options];

    private Task<ProcessOutcome> ResizeAsync(params string[] options) =>
        ProcessRunner.RunAsync(
            CommandProcess.Program,
            Arguments(options),
            new Dictionary<string, string> { ["KUBECONFIG"] = _kubeconfig },
            input: "",
            Token
        );

    private CommandProcess Start(params string[] options) =>
        CommandProcess.Start(new Dictionary<string, string> { ["KUBECONFIG"] = _kubeconfig }, Arguments(options));

    private async Task ResizeWithGarbageAsync(params string[] options)
    {
        await using var resizing = Start(options);
        await _volume.CollectGarbageAsync();
        Assert.Equal(0, await resizing.WhenEndedAsync(Token));
    }
}

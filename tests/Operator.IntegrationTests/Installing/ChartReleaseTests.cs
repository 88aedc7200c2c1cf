namespace CodeRepoOperator.Installing;

/// <summary>
/// A release from install to uninstall. The chart is a copy whose CRD is of a group of the test's own: that of the cluster is everybody's.
/// </summary>
[Trait("Category", "Slow")]
public sealed class ChartReleaseTests(KubeApiServer cluster) : IAsyncLifetime
{
    private readonly ChartFixture _fixture = new(cluster);
    private string _home = "";
    private string _chart = "";

    public static TheoryData<string> Helms => [.. ChartFixture.Helms];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Crd => $"coderepos.{_home}.example.com";

    private string CrdFile => Path.Combine(_chart, "files", "coderepo.dev_coderepos.yaml");

    public async ValueTask InitializeAsync()
    {
        _home = await cluster.CreateNamespaceAsync(Token);
        _chart = Path.Combine(_fixture.Directory, "chart");
        (
            await ProcessRunner.RunAsync("cp", ["-r", ChartFixture.Chart, _chart], new Dictionary<string, string>(), input: "", Token)
        ).OutputOrThrow();
        await ReplaceAsync(CrdFile, "coderepo.dev\n", $"{_home}.example.com\n");
    }

    public ValueTask DisposeAsync()
    {
        _fixture.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [MemberData(nameof(Helms))]
    public async Task An_upgrade_changes_the_CRD_and_keeps_CodeRepos_and_claims_and_so_does_an_uninstall(string program)
    {
        var helm = _fixture.Helm(program);
        await InstallAsync(helm, _home);
        await cluster.Kubectl.RunAsync(["wait", "--for=condition=Established", $"crd/{Crd}", "--timeout=30s"], Token);
        await MakeClaimAndCodeRepoAsync();
        var before = await UidsAsync();
        Assert.DoesNotContain("New", await ColumnsAsync(), StringComparison.Ordinal);

        await ReplaceAsync(
            CrdFile,
            "        - name: Age\n",
            "        - name: New\n          type: string\n          jsonPath: .status.new\n        - name: Age\n"
        );
        await ReplaceAsync(Path.Combine(_chart, "Chart.yaml"), "version: 0.1.0\nappVersion: 0.1.0", "version: 0.2.0\nappVersion: 0.2.0");
        await helm.RunAsync(["upgrade", _home, _chart, .. Options(helm)], Token);

        Assert.Contains("New", await ColumnsAsync(), StringComparison.Ordinal);
        Assert.Equal(
            "coderepo-operator:0.2.0",
            await cluster.Kubectl.RunAsync(
                [
                    "get",
                    "statefulset",
                    $"{_home}-coderepo-operator",
                    "--namespace",
                    _home,
                    "--output=jsonpath={.spec.template.spec.containers[0].image}",
                ],
                Token
            )
        );
        Assert.Equal(before, await UidsAsync());

        await helm.RunAsync(["uninstall", _home, "--namespace", _home, "--no-hooks"], Token);

        Assert.Equal(before, await UidsAsync());
        Assert.Equal(
            "",
            await cluster.Kubectl.RunAsync(
                [
                    "get",
                    "statefulsets,services,roles,rolebindings,clusterroles,clusterrolebindings",
                    "--namespace",
                    _home,
                    $"--selector=app.kubernetes.io/instance={_home}",
                    "--output=name",
                ],
                Token
            )
        );
    }

    [Theory]
    [MemberData(nameof(Helms))]
    public async Task A_CRD_that_was_kept_is_taken_up_by_the_same_release_and_by_another_when_reported_so(string program)
    {
        var helm = _fixture.Helm(program);
        await InstallAsync(helm, _home);
        await UninstallAsync(helm, _home);

        await InstallAsync(helm, _home);
        await UninstallAsync(helm, _home);

        var other = $"{_home}-other";
        var refused = await helm.TryAsync(["install", other, _chart, .. Options(helm)], Token);
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("exists and cannot be imported into the current release", refused.Error, StringComparison.Ordinal);

        await helm.RunAsync(["install", other, _chart, "--take-ownership", .. Options(helm)], Token);
        Assert.Equal(
            other,
            await cluster.Kubectl.RunAsync(
                ["get", "crd", Crd, "--output=jsonpath={.metadata.annotations.meta\\.helm\\.sh/release-name}"],
                Token
            )
        );
        await UninstallAsync(helm, other);
    }

    private static async Task ReplaceAsync(string file, string old, string with)
    {
        var text = await File.ReadAllTextAsync(file, Token);
        Assert.Contains(old, text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, text.Replace(old, with, StringComparison.Ordinal), Token);
    }

    private string[] Options(Helm helm) =>
        ["--namespace", _home, "--no-hooks", "--set", "rbac.userRoles=false", .. _fixture.ToleratingTheRules(helm)];

    private Task<string> InstallAsync(Helm helm, string release) => helm.RunAsync(["install", release, _chart, .. Options(helm)], Token);

    private Task<string> UninstallAsync(Helm helm, string release) =>
        helm.RunAsync(["uninstall", release, "--namespace", _home, "--no-hooks"], Token);

    private async Task MakeClaimAndCodeRepoAsync() =>
        (
            await cluster.Kubectl.TryAsync(
                ["apply", "--validate=false", "--filename=-"],
                $$"""
                {apiVersion: {{_home}}.example.com/v1alpha1, kind: CodeRepo, metadata: {name: hello, namespace: {{_home}} }, spec: {git_url: "https://git.example.com/x"} }
                ---
                {apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: store-{{_home}}-coderepo-operator-0, namespace: {{_home}} },
                 spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 20Gi} } } }
                """,
                Token
            )
        ).OutputOrThrow();

    private Task<string> UidsAsync() =>
        cluster.Kubectl.RunAsync(
            [
                "get",
                $"{Crd}/hello",
                $"persistentvolumeclaim/store-{_home}-coderepo-operator-0",
                "--namespace",
                _home,
                "--output=jsonpath={.items[*].metadata.uid}",
            ],
            Token
        );

    private Task<string> ColumnsAsync() =>
        cluster.Kubectl.RunAsync(["get", "crd", Crd, "--output=jsonpath={.spec.versions[0].additionalPrinterColumns[*].name}"], Token);
}

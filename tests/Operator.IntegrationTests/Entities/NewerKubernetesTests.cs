using System.Net;
using System.Text.Json.Nodes;
using CodeRepoOperator.Installing;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace CodeRepoOperator.Entities;

/// <summary>What only a Kubernetes of today does with the CRD and with CodeRepos; and one whole life of a CodeRepo there.</summary>
public abstract class NewerKubernetesTests(KubeApiServer cluster)
{
    /// <summary>As Kubernetes 1.33 does it.</summary>
    [Collection(nameof(Kubernetes133))]
    public sealed class On133(Kubernetes133 kubernetes) : NewerKubernetesTests(kubernetes.Cluster);

    /// <summary>As Kubernetes 1.36 does it.</summary>
    [Collection(nameof(Kubernetes136))]
    public sealed class On136(Kubernetes136 kubernetes) : NewerKubernetesTests(kubernetes.Cluster);

    private const string CrdName = $"{CodeRepo.Plural}.{CodeRepo.Group}";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_CodeRepo_is_cloned_updated_healed_and_deleted()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        await fixture.StartReadyOperatorAsync();
        await fixture.CreateAsync();
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);

        var commit = await fixture.Project.CommitAsync("src/hello.txt", "changed\n");
        await fixture.RequestAsync("update");
        await fixture.SeeAsync("the new commit", repo => repo.Status?.Commit == commit);
        await fixture.SeeCloneAsync(commit);

        fixture.LoseClone();
        await fixture.SeeAsync("it was made again", repo => repo.Status is { Reclones: 1, Reason: Reasons.Cloned });
        await fixture.SeeCloneAsync(commit);

        await fixture.DeleteAsync();
        await Eventually.HoldsAsync("it is gone", async _ => (await fixture.ListAsync()).Count == 0, CloneFixture.Soon, Token);
        Assert.False(Directory.Exists(fixture.Clone()));
    }

    [Fact]
    public async Task The_CRD_is_taken_strictly_as_kubectl_and_both_Helms_give_it()
    {
        using var fixture = new ChartFixture(cluster);
        string[] chart =
        [
            "template",
            "release",
            ChartFixture.Chart,
            "--kube-version",
            $"{cluster.CrdVersion}.0",
            "--show-only",
            "templates/crd.yaml",
        ];
        var given = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["kustomize"] = await cluster.Kubectl.RunAsync(["kustomize", await OverlayAsync(fixture.Directory)], Token),
            ["helm"] = await fixture.Helm("helm").RunAsync(chart, Token),
            ["helm4"] = await fixture.Helm("helm4").RunAsync(chart, Token),
        };
        foreach (var (by, yaml) in given)
        {
            var definition = Manifest.Parse(yaml).Single();
            Assert.Equal(5, definition["spec"]!["versions"]![0]!["selectableFields"]!.AsArray().Count);
            Assert.Equal((by, null), (by, await TryApplyStrictlyAsync(definition)));
        }

        var odd = Manifest.Parse(given["helm"]).Single();
        odd["spec"]!["versions"]![0]!["oddFields"] = "x";
        Assert.Contains("oddFields", await TryApplyStrictlyAsync(odd), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("helm")]
    [InlineData("helm4", "--force-conflicts")]
    public async Task The_chart_is_installed_with_its_CRD_and_leaves_it(string program, params string[] options)
    {
        var home = await cluster.CreateNamespaceAsync(Token);
        using var fixture = new ChartFixture(cluster);
        var helm = fixture.Helm(program);

        // Helm asks kube-apiserver what a CRD has, as kubectl does; and other tests have applied the CRD in other forms.
        await helm.RunAsync(
            [
                "install",
                home,
                ChartFixture.Chart,
                "--namespace",
                home,
                "--no-hooks",
                "--set",
                "rbac.userRoles=false",
                "--take-ownership",
                "--disable-openapi-validation",
                .. options,
            ],
            Token
        );
        var owner = await cluster.Kubectl.RunAsync(
            ["get", "crd", CrdName, "--output=jsonpath={.metadata.annotations.meta\\.helm\\.sh/release-name}"],
            Token
        );
        await helm.RunAsync(["uninstall", home, "--namespace", home, "--no-hooks"], Token);

        Assert.Equal(home, owner);
        Assert.Equal(CrdName, await cluster.Kubectl.RunAsync(["get", "crd", CrdName, "--output=jsonpath={.metadata.name}"], Token));
    }

    [Fact]
    public async Task CodeRepos_are_selected_by_what_they_are_of_and_why_they_are_not_ready()
    {
        using var directory = new TemporaryDirectory();
        await cluster.Kubectl.RunAsync(
            ["apply", "--server-side", "--force-conflicts", "--validate=false", $"--kustomize={await OverlayAsync(directory.Path)}"],
            Token
        );
        var repo = CodeRepoApiTests.FullCodeRepo(await cluster.CreateNamespaceAsync(Token));
        await CodeRepoApiTests.CreateAsync(cluster, repo);
        await CodeRepoApiTests.ApplyStatusAsync(cluster, repo, CodeRepoApiTests.FullStatus(), "coderepo-controller");
        Task<string> Select(string selector) =>
            cluster.Kubectl.RunAsync(
                ["get", "coderepos", "--namespace", repo.Metadata.NamespaceProperty, "--output=name", $"--field-selector={selector}"],
                Token
            );

        await Eventually.SeeAsync(
            "it is found by its URL",
            _ => Select($"spec.git_url={CodeRepoApiTests.Url}"),
            names => names.Contains("full", StringComparison.Ordinal),
            CloneFixture.Soon,
            Token
        );

        Assert.Contains(
            "full",
            await Select(
                $"status.reason={Reasons.Cloned},status.branch=release/1.0,spec.auth.secret=git-credentials,"
                    + $"status.commit={CodeRepoApiTests.Commit}"
            )
        );
        Assert.Empty(await Select($"status.reason={Reasons.AuthenticationFailed}"));
        Assert.Empty(await Select("spec.git_url=https://git.example.com/other.git"));
    }

    [Fact]
    public async Task A_field_that_there_is_not_is_refused_by_who_is_strict()
    {
        var ns = await cluster.CreateNamespaceAsync(Token);
        const string Misspelt =
            """{apiVersion: coderepo.dev/v1alpha1, kind: CodeRepo, metadata: {name: hello}, spec: {git_url: "https://git.example.com/x", dept: 3}}""";
        string[] apply = ["apply", "--namespace", ns, "--dry-run=server", "--filename=-"];

        var refused = await cluster.Kubectl.TryAsync([.. apply, "--validate=strict"], Misspelt, Token);
        var right = await cluster.Kubectl.TryAsync(
            [.. apply, "--validate=strict"],
            Misspelt.Replace("dept", "depth", StringComparison.Ordinal),
            Token
        );

        Assert.Contains("unknown field \"spec.dept\"", refused.Error, StringComparison.Ordinal);
        Assert.Contains("created", right.OutputOrThrow(), StringComparison.Ordinal);
    }

    /// <summary>The CRD with its selectable fields, as config/ has them.</summary>
    private static async Task<string> OverlayAsync(string directory)
    {
        string Relative(string path) => Path.GetRelativePath(directory, Checkout.PathOf(path));
        await File.WriteAllTextAsync(
            Path.Combine(directory, "kustomization.yaml"),
            $"resources: [{Relative("config/crd")}]\ncomponents: [{Relative("config/selectable-fields")}]\n",
            Token
        );
        return directory;
    }

    /// <summary>
    /// Applies a CRD as with <c>--validate=strict</c>, which kubectl itself can't here: it asks kube-apiserver what a CRD has.
    /// </summary>
    /// <returns>Why it is refused; null: it is taken.</returns>
    private async Task<string?> TryApplyStrictlyAsync(JsonObject definition)
    {
        try
        {
            await cluster.Admin.CustomObjects.PatchClusterCustomObjectAsync(
                new V1Patch(definition.ToJsonString(), V1Patch.PatchType.ApplyPatch),
                "apiextensions.k8s.io",
                "v1",
                "customresourcedefinitions",
                CrdName,
                dryRun: "All",
                fieldManager: "strict",
                fieldValidation: "Strict",
                force: true,
                cancellationToken: Token
            );
            return null;
        }
        catch (HttpOperationException refusal)
            when (refusal.Response.StatusCode
                    is HttpStatusCode.BadRequest
                        or HttpStatusCode.UnprocessableEntity
                        or HttpStatusCode.InternalServerError
            )
        {
            return refusal.Response.Content;
        }
    }
}

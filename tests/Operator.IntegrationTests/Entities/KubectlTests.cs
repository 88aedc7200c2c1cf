using System.Text.Json;
using k8s;
using k8s.Models;

namespace CodeRepoOperator.Entities;

/// <summary>What people see of CodeRepos through kubectl.</summary>
public sealed class KubectlTests(KubeApiServer server)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("spec")]
    [InlineData("spec.auth")]
    [InlineData("spec.indexing")]
    [InlineData("spec.storage")]
    [InlineData("status")]
    [InlineData("status.conditions")]
    [InlineData("status.volume")]
    [InlineData("status.indexing")]
    public async Task Explain_shows_every_field_with_its_description(string path)
    {
        var fields = await FieldsAsync(path);

        var explained = WithoutSpace(await server.Kubectl.RunAsync(["explain", $"crepo.{path}"], Token));

        Assert.NotEmpty(fields);
        Assert.All(fields, field =>
        {
            Assert.Contains(field.Name, explained);
            Assert.Contains(WithoutSpace(field.Value.GetProperty("description").GetString()!), explained);
        });
    }

    [Fact]
    public async Task Get_prints_where_from_what_and_whether_ready()
    {
        var repo = CodeRepoApiTests.FullCodeRepo(await server.CreateNamespaceAsync(Token));
        var status = new CodeRepoStatus
        {
            Branch = "release/1.0",
            Commit = CodeRepoApiTests.Commit,
            ShortCommit = CodeRepoApiTests.Commit[..7],
            Conditions =
            [
                new V1Condition
                {
                    Type = ConditionTypes.CloneAvailable,
                    Status = "True",
                    Reason = "Other",
                    Message = "As asked.",
                    LastTransitionTime = DateTime.UnixEpoch,
                },
                new V1Condition
                {
                    Type = ConditionTypes.Ready,
                    Status = "False",
                    Reason = Reasons.Recloning,
                    Message = "As asked.",
                    LastTransitionTime = DateTime.UnixEpoch,
                },
            ],
        };
        await CodeRepoApiTests.CreateAsync(server, repo);
        await CodeRepoApiTests.ApplyStatusAsync(server, repo, status, "coderepo-controller");

        var lines = await LinesAsync(["get", "crepo", "--namespace", repo.Metadata.NamespaceProperty]);

        Assert.Equal(["NAME", "URL", "BRANCH", "COMMIT", "READY", "REASON", "AGE"], lines[0]);
        Assert.Equal(
            ["full", CodeRepoApiTests.Url, "release/1.0", CodeRepoApiTests.Commit[..7], "False", Reasons.Recloning],
            lines[1].SkipLast(1)
        );
    }

    [Fact]
    public async Task Who_deletes_all_in_a_namespace_keeps_its_CodeRepos()
    {
        var repo = CodeRepoApiTests.FullCodeRepo(await server.CreateNamespaceAsync(Token));
        await CodeRepoApiTests.CreateAsync(server, repo);

        await server.Kubectl.RunAsync(["delete", "all", "--all", "--wait=false", "--namespace", repo.Metadata.NamespaceProperty], Token);

        var names = await server.Kubectl.RunAsync(
            ["get", "coderepo", "--output=name", "--namespace", repo.Metadata.NamespaceProperty],
            Token
        );
        Assert.Contains("coderepo.coderepo.dev/full", names);
        var deleted = await server.Kubectl.RunAsync(
            [
                "get",
                "coderepos.coderepo.dev",
                "full",
                "--output=jsonpath={.metadata.deletionTimestamp}",
                "--namespace",
                repo.Metadata.NamespaceProperty,
            ],
            Token
        );
        Assert.DoesNotContain("20", deleted);
    }

    [Fact]
    public async Task The_sample_is_accepted_as_it_is()
    {
        var applied = await server.Kubectl.RunAsync(
            ["apply", "--dry-run=server", $"--kustomize={Checkout.PathOf("config/samples")}"],
            Token
        );

        Assert.Contains("coderepo.coderepo.dev/hello created", applied);
    }

    [Fact]
    public async Task Everything_together_is_accepted_as_it_is()
    {
        var applied = await server.Kubectl.RunAsync(
            [
                "apply",
                "--dry-run=server",
                $"--validate={(server.EnforcesRules ? "true" : "false")}",
                $"--kustomize={Checkout.PathOf("config/default")}",
            ],
            Token
        );

        Assert.Contains("statefulset.apps/coderepo-operator created", applied);
    }

    [Fact]
    public async Task With_the_component_for_indexing_it_mounts_the_Secret_of_the_database()
    {
        using var overlay = new TemporaryDirectory();
        string Relative(string path) => Path.GetRelativePath(overlay.Path, Checkout.PathOf(path));
        await File.WriteAllTextAsync(
            Path.Combine(overlay.Path, "kustomization.yaml"),
            $"resources: [{Relative("config/default")}]\ncomponents: [{Relative("config/indexing")}]\n",
            Token
        );
        var manifests = await server.Kubectl.RunAsync(["kustomize", overlay.Path], Token);

        var applied = JsonDocument.Parse(
            await server.Kubectl.RunAsync(
                [
                    "apply",
                    "--dry-run=server",
                    $"--validate={(server.EnforcesRules ? "true" : "false")}",
                    "--output=json",
                    $"--kustomize={overlay.Path}",
                ],
                Token
            )
        );

        var pod = applied
            .RootElement.GetProperty("items")
            .EnumerateArray()
            .Single(item => item.GetProperty("kind").GetString() == "StatefulSet")
            .GetProperty("spec")
            .GetProperty("template")
            .GetProperty("spec");
        var mount = pod.GetProperty("containers")[0]
            .GetProperty("volumeMounts")
            .EnumerateArray()
            .Single(mount => mount.GetProperty("name").GetString() == "database");
        var volume = pod.GetProperty("volumes").EnumerateArray().Single(volume => volume.GetProperty("name").GetString() == "database");
        Assert.Equal("coderepo-operator-database", volume.GetProperty("secret").GetProperty("secretName").GetString());
        Assert.Contains($"value: {mount.GetProperty("mountPath").GetString()}/connection", manifests, StringComparison.Ordinal);
    }

    private static string WithoutSpace(string text) => string.Concat(text.Where(character => !char.IsWhiteSpace(character)));

    private async Task<List<JsonProperty>> FieldsAsync(string path)
    {
        var definition = await server.Admin.ApiextensionsV1.ReadCustomResourceDefinitionAsync(
            "coderepos.coderepo.dev",
            cancellationToken: Token
        );
        var schema = JsonDocument.Parse(KubernetesJson.Serialize(definition.Spec.Versions[0].Schema.OpenAPIV3Schema)).RootElement;
        foreach (var name in path.Split('.'))
        {
            schema = schema.GetProperty("properties").GetProperty(name);
            schema = schema.TryGetProperty("items", out var items) ? items : schema;
        }

        return [.. schema.GetProperty("properties").EnumerateObject()];
    }

    private async Task<List<string[]>> LinesAsync(IEnumerable<string> arguments)
    {
        var printed = await server.Kubectl.RunAsync(arguments, Token);
        return
        [
            .. printed
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)),
        ];
    }
}

using System.Text.Json.Nodes;
using CodeRepoOperator.Entities;
using GitServer;
using k8s;
using k8s.Models;

namespace CodeRepoOperator.Installing;

/// <summary>An operator that serves some namespaces works with the chart's Roles in these, and may do nothing elsewhere.</summary>
[Trait("Category", "Slow")]
public sealed class ChartRightsTests(KubeApiServer cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_operator_clones_and_removes_with_Roles_in_its_namespaces_alone()
    {
        using var chart = new ChartFixture(cluster);
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var home = await cluster.CreateNamespaceAsync(Token);
        var objects = await chart.TemplateAsync(
            "helm",
            "coderepo-operator",
            home,
            "--set",
            $"watchNamespaces={{{fixture.Namespace}}},rbac.userRoles=false,api.enabled=false"
        );
        Assert.DoesNotContain(objects, item => item["kind"]!.ToString().StartsWith("Cluster", StringComparison.Ordinal));
        await chart.ApplyAsync(
            objects.Where(item => !Manifest.IsHook(item) && item["kind"]!.ToString() is "ServiceAccount" or "Role" or "RoleBinding")
        );
        fixture.Account = (home, "coderepo-operator");

        var running = await fixture.StartReadyOperatorAsync(("Store__Namespace", home));
        await fixture.CreateAsync();
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        await Eventually.HoldsAsync(
            "its event",
            async _ => (await fixture.EventsAsync()).Contains(EventReasons.Cloned),
            CloneFixture.Soon,
            Token
        );
        await fixture.DeleteAsync();
        await Eventually.HoldsAsync(
            "it is gone, and so is its clone",
            async _ => (await fixture.ListAsync()).Count == 0 && !Directory.Exists(fixture.Clone()),
            CloneFixture.Soon,
            Token
        );

        Assert.DoesNotContain("forbidden", running.Log, StringComparison.OrdinalIgnoreCase);
        Assert.False(await MayListAsync(home, "default"));
        Assert.True(await MayListAsync(home, fixture.Namespace));
    }

    [Fact]
    public async Task Without_the_right_to_read_Secrets_a_CodeRepo_says_so_until_it_is_granted()
    {
        using var chart = new ChartFixture(cluster);
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var home = await cluster.CreateNamespaceAsync(Token);
        async Task<IReadOnlyList<JsonObject>> RightsAsync(bool secrets) =>
            [
                .. (
                    await chart.TemplateAsync(
                        "helm",
                        "coderepo-operator",
                        home,
                        "--set",
                        $"watchNamespaces={{{fixture.Namespace}}},rbac.userRoles=false,rbac.secrets={(secrets ? "true" : "false")}"
                    )
                ).Where(item => !Manifest.IsHook(item) && item["kind"]!.ToString() is "ServiceAccount" or "Role" or "RoleBinding"),
            ];
        await chart.ApplyAsync(await RightsAsync(secrets: false));
        fixture.Account = (home, "coderepo-operator");
        fixture.Server.Login = _ => GitHttpServer.Basic("robot", "s3cret");
        await fixture.PutSecretAsync("git", ("username", "robot"), ("password", "s3cret"));
        await fixture.StartReadyOperatorAsync(
            ("Store__Namespace", home),
            ("Store__SecretRetryInterval", "00:00:01"),
            ("Git__AllowCredentialsOverHttp", "true")
        );

        await fixture.CreateAsync(repo => repo.Spec.Auth = new CodeRepoAuth { Secret = "git" });
        var refused = await fixture.SeeConditionAsync(ConditionTypes.Stalled, "True", Reasons.SecretNotFound);
        Assert.Contains("(forbidden)", CloneFixture.Condition(refused, ConditionTypes.Ready)!.Message, StringComparison.Ordinal);

        await chart.ApplyAsync(await RightsAsync(secrets: true));
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        var account = await cluster.ClientForServiceAccountAsync(home, "coderepo-operator", Token);
        await Assert.ThrowsAsync<k8s.Autorest.HttpOperationException>(() =>
            account.CoreV1.ReadNamespacedSecretAsync("git", "default", cancellationToken: Token)
        );
        await Assert.ThrowsAsync<k8s.Autorest.HttpOperationException>(() =>
            account.CoreV1.ListNamespacedSecretAsync(fixture.Namespace, cancellationToken: Token)
        );
    }

    private async Task<bool> MayListAsync(string home, string ofNamespace)
    {
        var account = await cluster.ClientForServiceAccountAsync(home, "coderepo-operator", Token);
        var review = new V1SelfSubjectAccessReview
        {
            Spec = new V1SelfSubjectAccessReviewSpec
            {
                ResourceAttributes = new V1ResourceAttributes
                {
                    Verb = "list",
                    Group = CodeRepo.Group,
                    Resource = CodeRepo.Plural,
                    NamespaceProperty = ofNamespace,
                },
            },
        };
        return (await account.AuthorizationV1.CreateSelfSubjectAccessReviewAsync(review, cancellationToken: Token)).Status.Allowed;
    }
}

using System.Net;
using CodeRepoOperator.Entities;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace CodeRepoOperator.Rbac;

/// <summary>What config/rbac lets the operator's ServiceAccount do, asked of the API server with a token of that account.</summary>
public sealed class OperatorRightsTests(KubeApiServer server)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_account_may_do_exactly_this()
    {
        // Every account may do some things; another one without any role says which.
        await server.Admin.CoreV1.CreateNamespacedServiceAccountAsync(
            new V1ServiceAccount { Metadata = new V1ObjectMeta { Name = "nobody" } },
            KubeApiServer.OperatorNamespace,
            cancellationToken: Token
        );
        var nobody = await server.ClientForServiceAccountAsync(KubeApiServer.OperatorNamespace, "nobody", Token);
        var account = await server.ClientForOperatorAsync(Token);

        var inItsNamespace = (await RulesAsync(account, KubeApiServer.OperatorNamespace)).Except(
            await RulesAsync(nobody, KubeApiServer.OperatorNamespace)
        );
        var elsewhere = (await RulesAsync(account, "default")).Except(await RulesAsync(nobody, "default"));

        Assert.Equal(
            [
                "/secrets: get",
                "authentication.k8s.io/tokenreviews: create",
                "authorization.k8s.io/subjectaccessreviews: create",
                "coderepo.dev/coderepos/status: patch",
                "coderepo.dev/coderepos: list patch watch",
                "coordination.k8s.io/leases store-coderepo-operator-0: get update",
                "coordination.k8s.io/leases: create",
                "events.k8s.io/events: create",
            ],
            inItsNamespace.Order(StringComparer.Ordinal)
        );
        Assert.Equal(
            [
                "/secrets: get",
                "authentication.k8s.io/tokenreviews: create",
                "authorization.k8s.io/subjectaccessreviews: create",
                "coderepo.dev/coderepos/status: patch",
                "coderepo.dev/coderepos: list patch watch",
                "events.k8s.io/events: create",
            ],
            elsewhere.Order(StringComparer.Ordinal)
        );
    }

    [Theory]
    [InlineData("list Secrets", "list", "", "secrets", "")]
    [InlineData("watch Secrets", "watch", "", "secrets", "")]
    [InlineData("make Secrets", "create", "", "secrets", "")]
    [InlineData("change Secrets", "patch", "", "secrets", "")]
    [InlineData("read ConfigMaps", "get", "", "configmaps", "")]
    [InlineData("make pods", "create", "", "pods", "")]
    [InlineData("enter pods", "create", "", "pods/exec", "")]
    [InlineData("see nodes", "get", "", "nodes", "")]
    [InlineData("make volumes", "create", "", "persistentvolumeclaims", "")]
    [InlineData("delete volumes", "delete", "", "persistentvolumeclaims", "")]
    [InlineData("issue tokens", "create", "", "serviceaccounts/token", "")]
    [InlineData("be somebody else", "impersonate", "", "users", "")]
    [InlineData("read one CodeRepo by name", "get", "coderepo.dev", "coderepos", "")]
    [InlineData("make CodeRepos", "create", "coderepo.dev", "coderepos", "")]
    [InlineData("replace CodeRepos", "update", "coderepo.dev", "coderepos", "")]
    [InlineData("delete CodeRepos", "delete", "coderepo.dev", "coderepos", "")]
    [InlineData("delete all CodeRepos", "deletecollection", "coderepo.dev", "coderepos", "")]
    [InlineData("replace a status", "update", "coderepo.dev", "coderepos/status", "")]
    [InlineData("delete events", "delete", "events.k8s.io", "events", "")]
    [InlineData("list events", "list", "events.k8s.io", "events", "")]
    [InlineData("write core events", "create", "", "events", "")]
    [InlineData("take another Lease", "update", "coordination.k8s.io", "leases", "kube-scheduler")]
    [InlineData("delete its Lease", "delete", "coordination.k8s.io", "leases", "store-coderepo-operator-0")]
    [InlineData("list Leases", "list", "coordination.k8s.io", "leases", "")]
    [InlineData("run workloads", "create", "apps", "deployments", "")]
    [InlineData("run jobs", "create", "batch", "jobs", "")]
    [InlineData("change roles", "update", "rbac.authorization.k8s.io", "roles", "")]
    [InlineData("grant what it has not", "escalate", "rbac.authorization.k8s.io", "clusterroles", "")]
    [InlineData("bind roles", "bind", "rbac.authorization.k8s.io", "clusterroles", "")]
    [InlineData("change the CRD", "patch", "apiextensions.k8s.io", "customresourcedefinitions", "")]
    public async Task The_account_may_not(string what, string verb, string group, string resource, string name)
    {
        var account = await server.ClientForOperatorAsync(Token);
        var parts = resource.Split('/');
        var review = new V1SelfSubjectAccessReview
        {
            Spec = new V1SelfSubjectAccessReviewSpec
            {
                ResourceAttributes = new V1ResourceAttributes
                {
                    Verb = verb,
                    Group = group,
                    Resource = parts[0],
                    Subresource = parts.ElementAtOrDefault(1),
                    Name = name,
                    NamespaceProperty = KubeApiServer.OperatorNamespace,
                },
            },
        };

        var response = await account.AuthorizationV1.CreateSelfSubjectAccessReviewAsync(review, cancellationToken: Token);

        Assert.False(response.Status.Allowed, what);
    }

    [Fact]
    public async Task The_account_can_do_its_work()
    {
        var account = await server.ClientForOperatorAsync(Token);
        var repo = CodeRepoApiTests.FullCodeRepo(await server.CreateNamespaceAsync(Token));
        repo.Metadata.Finalizers = null;
        await CodeRepoApiTests.CreateAsync(server, repo);
        var (ns, name) = (repo.Metadata.NamespaceProperty, repo.Metadata.Name);

        await account.CustomObjects.ListClusterCustomObjectAsync(
            CodeRepo.Group,
            CodeRepo.Version,
            CodeRepo.Plural,
            cancellationToken: Token
        );
        var kept = await account.CustomObjects.PatchNamespacedCustomObjectAsync<CodeRepo>(
            new V1Patch($$$"""{"metadata":{"finalizers":["{{{CodeRepo.CloneFinalizer}}}"]}}""", V1Patch.PatchType.MergePatch),
            CodeRepo.Group,
            CodeRepo.Version,
            ns,
            CodeRepo.Plural,
            name,
            cancellationToken: Token
        );
        Assert.Equal([CodeRepo.CloneFinalizer], kept.Metadata.Finalizers);
        await account.CustomObjects.PatchNamespacedCustomObjectStatusAsync<CodeRepo>(
            new V1Patch("""{"apiVersion":"coderepo.dev/v1alpha1","kind":"CodeRepo","status":{"shard":0}}""", V1Patch.PatchType.ApplyPatch),
            CodeRepo.Group,
            CodeRepo.Version,
            ns,
            CodeRepo.Plural,
            name,
            fieldManager: "coderepo-controller",
            force: true,
            cancellationToken: Token
        );
        await account.EventsV1.CreateNamespacedEventAsync(EventOn(repo), ns, cancellationToken: Token);
    }

    /// <summary>That it may keep its own is seen wherever an operator runs.</summary>
    [Fact]
    public async Task The_account_may_touch_no_other_Lease()
    {
        var account = await server.ClientForOperatorAsync(Token);
        await AssertForbiddenAsync(() =>
            account.CoordinationV1.CreateNamespacedLeaseAsync(LeaseNamed("other"), "default", cancellationToken: Token)
        );
        await AssertForbiddenAsync(() =>
            account.CoordinationV1.ReadNamespacedLeaseAsync("other", KubeApiServer.OperatorNamespace, cancellationToken: Token)
        );
    }

    [Fact]
    public async Task Forbidden_requests_are_refused_for_real()
    {
        var account = await server.ClientForOperatorAsync(Token);
        var repo = CodeRepoApiTests.FullCodeRepo(await server.CreateNamespaceAsync(Token));
        repo.Metadata.Finalizers = null;
        var created = await CodeRepoApiTests.CreateAsync(server, repo);
        var (ns, name) = (repo.Metadata.NamespaceProperty, repo.Metadata.Name);

        await AssertForbiddenAsync(() => account.CoreV1.ListNamespacedSecretAsync(ns, cancellationToken: Token));
        await AssertForbiddenAsync(() => account.CoreV1.ListSecretForAllNamespacesAsync(cancellationToken: Token));
        await AssertForbiddenAsync(() => account.CoreV1.ListPodForAllNamespacesAsync(cancellationToken: Token));
        await AssertForbiddenAsync(() =>
            account.CustomObjects.ReplaceNamespacedCustomObjectAsync<CodeRepo>(
                created,
                CodeRepo.Group,
                CodeRepo.Version,
                ns,
                CodeRepo.Plural,
                name,
                cancellationToken: Token
            )
        );
        await AssertForbiddenAsync(() =>
            account.CustomObjects.DeleteNamespacedCustomObjectAsync(
                CodeRepo.Group,
                CodeRepo.Version,
                ns,
                CodeRepo.Plural,
                name,
                cancellationToken: Token
            )
        );
    }

    [Theory]
    [InlineData("coderepo-viewer", "view")]
    [InlineData("coderepo-editor", "edit")]
    [InlineData("coderepo-editor", "admin")]
    public async Task The_roles_for_people_are_added_to_those_that_clusters_have(string role, string target)
    {
        var ours = await server.Admin.RbacAuthorizationV1.ReadClusterRoleAsync(role, cancellationToken: Token);
        var theirs = await server.Admin.RbacAuthorizationV1.ReadClusterRoleAsync(target, cancellationToken: Token);

        // No controller fills in the sum here: what it would select is what counts.
        Assert.Contains(theirs.AggregationRule.ClusterRoleSelectors, selector => selector.MatchLabels.All(ours.Metadata.Labels.Contains));
    }

    private static Eventsv1Event EventOn(CodeRepo repo) =>
        new()
        {
            Metadata = new V1ObjectMeta { Name = $"{repo.Metadata.Name}.1" },
            Action = "Clone",
            // With a fraction: the client would leave out one that is zero, and the server does not read a time without.
            EventTime = new DateTime(2026, 1, 2, 3, 4, 5, 6, 7, DateTimeKind.Utc),
            Reason = EventReasons.Cloned,
            Type = "Normal",
            Note = "Cloned.",
            ReportingController = "coderepo.dev/operator",
            ReportingInstance = "coderepo-operator-0",
            Regarding = new V1ObjectReference
            {
                ApiVersion = repo.ApiVersion,
                Kind = repo.Kind,
                Name = repo.Metadata.Name,
                NamespaceProperty = repo.Metadata.NamespaceProperty,
            },
        };

    private static V1Lease LeaseNamed(string name) => new() { Metadata = new V1ObjectMeta { Name = name } };

    private static async Task AssertForbiddenAsync(Func<Task> request)
    {
        var refused = await Assert.ThrowsAsync<HttpOperationException>(request);
        Assert.Equal(HttpStatusCode.Forbidden, refused.Response.StatusCode);
    }

    private static async Task<List<string>> RulesAsync(IKubernetes client, string ns)
    {
        var review = new V1SelfSubjectRulesReview { Spec = new V1SelfSubjectRulesReviewSpec { NamespaceProperty = ns } };
        var response = await client.AuthorizationV1.CreateSelfSubjectRulesReviewAsync(review, cancellationToken: Token);
        return
        [
            .. response.Status.ResourceRules.SelectMany(rule =>
                from apiGroup in rule.ApiGroups
                from resource in rule.Resources
                let names = string.Concat((rule.ResourceNames ?? []).Select(name => $" {name}"))
                select $"{apiGroup}/{resource}{names}: {string.Join(' ', rule.Verbs.Order(StringComparer.Ordinal))}"
            ),
        ];
    }
}

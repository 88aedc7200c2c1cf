using k8s;
using k8s.Models;

namespace CodeRepoOperator.Machinery.Operators;

/// <summary>
/// A namespace in which an operator is at home: config/rbac once more, and so a Lease that no other test's operator is after.
/// </summary>
internal static class OperatorHome
{
    private static readonly string[] Files =
    [
        "service_account",
        "store_lease_role",
        "store_lease_role_binding",
        "coderepos_role_binding",
        "events_role_binding",
        "secrets_role_binding",
        "auth_delegator_role_binding",
    ];

    private static readonly V1ResourceAttributes[] Rights =
    [
        new()
        {
            Verb = "update",
            Group = "coordination.k8s.io",
            Resource = "leases",
            Name = KubeApiServer.OperatorClaim,
        },
        new()
        {
            Verb = "list",
            Group = "coderepo.dev",
            Resource = "coderepos",
        },
        new()
        {
            Verb = "create",
            Group = "events.k8s.io",
            Resource = "events",
        },
        new() { Verb = "get", Resource = "secrets" },
        new()
        {
            Verb = "create",
            Group = "authentication.k8s.io",
            Resource = "tokenreviews",
        },
    ];

    /// <summary>Makes one, and waits until its ServiceAccount may do what it is granted.</summary>
    /// <returns>The namespace.</returns>
    public static async Task<string> CreateAsync(KubeApiServer cluster, CancellationToken cancellationToken)
    {
        var home = await cluster.CreateNamespaceAsync(cancellationToken);
        foreach (var file in Files)
        {
            var item = KubernetesYaml
                .LoadAllFromString(await File.ReadAllTextAsync(Checkout.PathOf($"config/rbac/{file}.yaml"), cancellationToken))
                .Single();
            await CreateAsync(cluster.Admin, home, item, cancellationToken);
        }

        foreach (var right in Rights)
        {
            await Eventually.HoldsAsync(
                $"the right to {right.Verb} {right.Resource}",
                token => MayAsync(cluster.Admin, home, right, token),
                TimeSpan.FromSeconds(30),
                cancellationToken
            );
        }

        return home;
    }

    private static Task CreateAsync(IKubernetes admin, string home, object item, CancellationToken cancellationToken)
    {
        switch (item)
        {
            case V1ServiceAccount account:
                account.Metadata.NamespaceProperty = home;
                return admin.CoreV1.CreateNamespacedServiceAccountAsync(account, home, cancellationToken: cancellationToken);
            case V1Role role:
                role.Metadata.NamespaceProperty = home;
                return admin.RbacAuthorizationV1.CreateNamespacedRoleAsync(role, home, cancellationToken: cancellationToken);
            case V1RoleBinding binding:
                binding.Metadata.NamespaceProperty = home;
                binding.Subjects.Single().NamespaceProperty = home;
                return admin.RbacAuthorizationV1.CreateNamespacedRoleBindingAsync(binding, home, cancellationToken: cancellationToken);
            case V1ClusterRoleBinding binding:
                binding.Metadata.Name = $"{home}-{binding.Metadata.Name}";
                binding.Subjects.Single().NamespaceProperty = home;
                return admin.RbacAuthorizationV1.CreateClusterRoleBindingAsync(binding, cancellationToken: cancellationToken);
            default:
                throw new NotSupportedException($"config/rbac has a {item.GetType()}");
        }
    }

    private static async Task<bool> MayAsync(
        IKubernetes admin,
        string home,
        V1ResourceAttributes right,
        CancellationToken cancellationToken
    )
    {
        var review = new V1SubjectAccessReview
        {
            Spec = new V1SubjectAccessReviewSpec
            {
                User = $"system:serviceaccount:{home}:{KubeApiServer.OperatorAccount}",
                ResourceAttributes = new V1ResourceAttributes
                {
                    NamespaceProperty = home,
                    Verb = right.Verb,
                    Group = right.Group,
                    Resource = right.Resource,
                    Name = right.Name,
                },
            },
        };
        return (await admin.AuthorizationV1.CreateSubjectAccessReviewAsync(review, cancellationToken: cancellationToken)).Status.Allowed;
    }
}

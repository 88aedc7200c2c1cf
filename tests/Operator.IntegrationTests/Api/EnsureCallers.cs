using k8s;
using k8s.Models;

namespace CodeRepoOperator.Api;

/// <summary>ServiceAccounts that ask for clones, and their tokens.</summary>
internal sealed class EnsureCallers(KubeApiServer cluster)
{
    /// <summary>The audience of the operator.</summary>
    public const string Audience = "coderepo-operator";

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    /// <summary>Makes one that may ask for all CodeRepos of its namespace.</summary>
    /// <returns>Its token.</returns>
    public async Task<string> MakeAsync(string ofNamespace, string account)
    {
        await MakeAccountAsync(ofNamespace, account);
        await GrantAsync(ofNamespace, account);
        return await TokenAsync(ofNamespace, account);
    }

    /// <summary>Makes a ServiceAccount.</summary>
    public Task<V1ServiceAccount> MakeAccountAsync(string ofNamespace, string name) =>
        cluster.Admin.CoreV1.CreateNamespacedServiceAccountAsync(
            new V1ServiceAccount { Metadata = new V1ObjectMeta { Name = name } },
            ofNamespace,
            cancellationToken: Ended
        );

    /// <summary>Lets a ServiceAccount ask for the CodeRepos of its namespace, as the docs say.</summary>
    public Task GrantAsync(string ofNamespace, string account) => BindAsync(ofNamespace, account, "ClusterRole", "coderepo-ensurer");

    /// <summary>Lets a ServiceAccount ask for one CodeRepo of its namespace alone.</summary>
    public async Task GrantAsync(string ofNamespace, string account, string repo)
    {
        var role = $"{account}-ensures-one";
        var rule = new V1PolicyRule
        {
            ApiGroups = ["coderepo.dev"],
            Resources = ["coderepos/ensure"],
            ResourceNames = [repo],
            Verbs = ["create"],
        };
        await cluster.Admin.RbacAuthorizationV1.CreateNamespacedRoleAsync(
            new V1Role
            {
                Metadata = new V1ObjectMeta { Name = role },
                Rules = [rule],
            },
            ofNamespace,
            cancellationToken: Ended
        );
        await BindAsync(ofNamespace, account, "Role", role);
    }

    /// <summary>A token as a pod would have it projected.</summary>
    public async Task<string> TokenAsync(string ofNamespace, string account, string audience = Audience, TimeSpan? lifetime = null)
    {
        var request = new Authenticationv1TokenRequest
        {
            Spec = new V1TokenRequestSpec
            {
                Audiences = [audience],
                ExpirationSeconds = (long)(lifetime ?? TimeSpan.FromHours(1)).TotalSeconds,
            },
        };
        return (
            await cluster.Admin.CoreV1.CreateNamespacedServiceAccountTokenAsync(request, account, ofNamespace, cancellationToken: Ended)
        )
            .Status
            .Token;
    }

    private Task<V1RoleBinding> BindAsync(string ofNamespace, string account, string kind, string role) =>
        cluster.Admin.RbacAuthorizationV1.CreateNamespacedRoleBindingAsync(
            new V1RoleBinding
            {
                Metadata = new V1ObjectMeta { Name = $"{account}-ensures" },
                RoleRef = new V1RoleRef
                {
                    ApiGroup = "rbac.authorization.k8s.io",
                    Kind = kind,
                    Name = role,
                },
                Subjects =
                [
                    new Rbacv1Subject
                    {
                        Kind = "ServiceAccount",
                        Name = account,
                        NamespaceProperty = ofNamespace,
                    },
                ],
            },
            ofNamespace,
            cancellationToken: Ended
        );
}

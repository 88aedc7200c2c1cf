using CodeRepoOperator.Api.Responses;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Text;

namespace CodeRepoOperator.Api.Serving;

/// <summary>The CodeRepo that a request is about, by its path. Names that no API server would have taken go no further.</summary>
internal static class RepoRoute
{
    /// <summary>The path of a CodeRepo; what is asked of it follows.</summary>
    public const string Pattern = "/v1/namespaces/{namespace}/coderepos/{name}";

    /// <param name="context">A request to a path below <see cref="Pattern"/>.</param>
    /// <param name="key">The CodeRepo, which need not exist.</param>
    /// <returns>What is wrong with the path; null: nothing.</returns>
    public static EnsureProblem? TryRead(HttpContext context, out NamespacedName key)
    {
        key = new NamespacedName(
            context.Request.RouteValues["namespace"] as string ?? "",
            context.Request.RouteValues["name"] as string ?? ""
        );
        return !KubernetesName.IsNamespace(key.Namespace)
                ? EnsureProblem.Invalid(
                    "The namespace in the path is not a name that Kubernetes takes: up to 63 small letters, digits and '-'."
                )
            : !KubernetesName.IsObject(key.Name)
                ? EnsureProblem.Invalid(
                    "The name in the path is not a name that Kubernetes takes: up to 253 small letters, digits, '-' and '.'."
                )
            : null;
    }
}

using System.Buffers;
using CodeRepoOperator.Api.Responses;
using CodeRepoOperator.Runtime.Client;

namespace CodeRepoOperator.Api.Serving;

/// <summary>The CodeRepo that a request is about, by its path. Names that no API server would have taken go no further.</summary>
internal static class RepoRoute
{
    /// <summary>The path of a CodeRepo; what is asked of it follows.</summary>
    public const string Pattern = "/v1/namespaces/{namespace}/coderepos/{name}";

    private static readonly SearchValues<char> LabelLetters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    private const int LongestNamespace = 63;
    private const int LongestName = 253;

    /// <summary>Reads it.</summary>
    /// <param name="context">A request to a path below <see cref="Pattern"/>.</param>
    /// <param name="key">The CodeRepo, which need not exist.</param>
    /// <returns>What is wrong with the path; null: nothing.</returns>
    public static EnsureProblem? TryRead(HttpContext context, out NamespacedName key)
    {
        key = new NamespacedName(context.Request.RouteValues["namespace"] as string ?? "", context.Request.RouteValues["name"] as string ?? "");
        return !IsLabel(key.Namespace, LongestNamespace)
            ? EnsureProblem.Invalid("The namespace in the path is not a name that Kubernetes takes: up to 63 small letters, digits and '-'.")
            : !IsSubdomain(key.Name)
            ? EnsureProblem.Invalid("The name in the path is not a name that Kubernetes takes: up to 253 small letters, digits, '-' and '.'.")
            : null;
    }

    private static bool IsSubdomain(ReadOnlySpan<char> name)
    {
        if (name.Length > LongestName)
        {
            return false;
        }

        foreach (var label in name.Split('.'))
        {
            if (!IsLabel(name[label], LongestName))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A label as RFC 1123 has it; what is longer than DNS takes Kubernetes takes within a longer name.</summary>
    private static bool IsLabel(ReadOnlySpan<char> label, int longest)
        => label.Length >= 1 && label.Length <= longest
            && label[0] != '-' && label[^1] != '-'
            && !label.ContainsAnyExcept(LabelLetters);
}

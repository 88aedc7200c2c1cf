using CodeRepoOperator.Timing;
using k8s.Models;

namespace CodeRepoOperator.Api.Callers;

/// <summary>Who asks, as the API server knows them by their token.</summary>
/// <param name="Identity">User, groups and what else rights may hang on.</param>
/// <param name="Until">Until when this may be believed.</param>
internal sealed record Caller(V1UserInfo Identity, Deadline Until)
{
    /// <summary>The name of the user, such as <c>system:serviceaccount:default:indexer</c>.</summary>
    public string Name => Identity.Username;
}

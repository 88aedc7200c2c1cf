using CodeRepoOperator.Text;

namespace CodeRepoOperator.Indexing.Pods;

/// <summary>The holder of a row that is a pod: <c>pod/NAMESPACE/NAME/UID</c>.</summary>
/// <param name="Namespace">The pod's namespace.</param>
/// <param name="Name">The pod's name.</param>
/// <param name="Uid">The pod's uid: another pod of its name is another holder.</param>
internal sealed record PodHolder(string Namespace, string Name, string Uid)
{
    /// <summary>What such a holder begins with.</summary>
    public const string Prefix = "pod/";

    private const int UidLength = 36;

    /// <summary>Reads a holder.</summary>
    /// <returns>The pod; null: it is something else, in words of its own.</returns>
    public static PodHolder? TryParse(string holder) =>
        holder.Split('/') is ["pod", var ofNamespace, var name, var uid]
        && KubernetesName.IsNamespace(ofNamespace)
        && KubernetesName.IsObject(name)
        && uid.Length == UidLength
        && Guid.TryParseExact(uid, "D", out _)
            ? new PodHolder(ofNamespace, name, uid)
            : null;
}

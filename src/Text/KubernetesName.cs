using System.Buffers;

namespace CodeRepoOperator.Text;

/// <summary>
/// Names that an API server takes (k8s.io/apimachinery/pkg/util/validation). A name is judged before it becomes a part of a path or of a
/// request, and before a setting is used: the API server refuses the others, each time anew.
/// </summary>
public static class KubernetesName
{
    /// <summary>Of a namespace, in characters: of a label of DNS (RFC 1123).</summary>
    public const int LongestLabel = 63;

    /// <summary>Of an object, in characters: of a name of DNS with its dots (RFC 1123).</summary>
    public const int LongestSubdomain = 253;

    private static readonly SearchValues<char> OfLabels = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    private static readonly SearchValues<char> OfValues = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
    );

    /// <summary>Whether a namespace may be called so: a label of DNS (<c>IsDNS1123Label</c>).</summary>
    /// <param name="name">The name.</param>
    public static bool IsNamespace(ReadOnlySpan<char> name) => name.Length <= LongestLabel && IsLabel(name);

    /// <summary>
    /// Whether a CodeRepo, a Secret, a PersistentVolumeClaim or a Lease may be called so: labels with dots between them
    /// (<c>IsDNS1123Subdomain</c>). Together they have a longest length, each of them has none.
    /// </summary>
    /// <param name="name">The name.</param>
    public static bool IsObject(ReadOnlySpan<char> name)
    {
        if (name.Length > LongestSubdomain)
        {
            return false;
        }

        foreach (var label in name.Split('.'))
        {
            if (!IsLabel(name[label]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether a label may have this value (<c>IsValidLabelValue</c>), which is not empty.</summary>
    /// <param name="value">The value.</param>
    public static bool IsLabelValue(ReadOnlySpan<char> value) =>
        value.Length is > 0 and <= LongestLabel
        && char.IsAsciiLetterOrDigit(value[0])
        && char.IsAsciiLetterOrDigit(value[^1])
        && !value.ContainsAnyExcept(OfValues);

    private static bool IsLabel(ReadOnlySpan<char> label) =>
        !label.IsEmpty && label[0] != '-' && label[^1] != '-' && !label.ContainsAnyExcept(OfLabels);
}

using System.Security.Cryptography;
using System.Text;
using CodeRepoOperator.Text;

namespace CodeRepoOperator.Indexing.Importing;

/// <summary>
/// Makes names of CodeRepos that <see cref="KubernetesName"/> takes, without dots: labels of DNS. The same row gives the same names.
/// </summary>
internal static class RepoName
{
    /// <summary>In hexadecimal digits: 4 bytes distinguish what happens to have one name.</summary>
    private const int HashLength = 8;

    private const string Nameless = "repo";

    /// <summary>The name that is wanted.</summary>
    /// <param name="called">What people call it; null: nothing.</param>
    /// <param name="path">The last part of the URL is its name otherwise.</param>
    public static string For(string? called, string path) =>
        Label(called ?? "") is { Length: > 0 } name ? name
        : Label(path.TrimEnd('/').Split('/', ':')[^1]) is { Length: > 0 } last ? last
        : Nameless;

    /// <summary>The name that is taken when another has the one that is wanted.</summary>
    /// <param name="name">The name that is wanted.</param>
    /// <param name="identity">What distinguishes it: repository and branch.</param>
    public static string Distinct(string name, string identity)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)))[..HashLength];
        return $"{Cut(name, KubernetesName.LongestLabel - HashLength - 1)}-{hash}";
    }

    private static string Label(string text)
    {
        var label = new StringBuilder();
        foreach (var c in text)
        {
            if (char.IsAsciiLetterOrDigit(c))
            {
                label.Append(char.ToLowerInvariant(c));
            }
            else if (label.Length > 0 && label[^1] != '-')
            {
                label.Append('-');
            }
        }

        return Cut(label.ToString(), KubernetesName.LongestLabel);
    }

    private static string Cut(string label, int length) => (label.Length > length ? label[..length] : label).TrimEnd('-');
}

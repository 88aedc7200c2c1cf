using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Remotes.Sparse;

/// <summary>
/// The folders that a sparse clone has, as <c>git sparse-checkout set --cone</c> takes them: all that is below each, and the files that lie
/// directly in the folders above them.
/// </summary>
/// <param name="Paths">From the root, without slashes at the ends; none is in another; by their bytes.</param>
internal sealed record SparseFolders(IReadOnlyList<string> Paths)
{
    /// <summary>As the CRD has it: each directory of the commit is compared with all of them.</summary>
    public const int Most = 100;

    /// <summary>As the CRD has it, in characters.</summary>
    public const int LongestPath = 255;

    /// <summary>Git reads a path with one of these as a pattern, and refuses it in cone mode.</summary>
    private static readonly SearchValues<char> Glob = SearchValues.Create(@"*?[]\");

    /// <summary>Whether an operator could have made it: it is read from a volume that others may write to.</summary>
    [JsonIgnore]
    public bool IsPossible =>
        Paths.Count is > 0 and <= Most && Paths.All(path => path is not null && !path.EndsWith('/') && IsPath(path)) && this == Of(Paths);

    /// <summary>What git keeps them as in <c>.git/info/sparse-checkout</c>.</summary>
    [JsonIgnore]
    public string Text
    {
        get
        {
            var text = new StringBuilder("/*\n!/*/\n");
            foreach (var parent in Sorted(Paths.SelectMany(ParentsOf)))
            {
                text.Append(CultureInfo.InvariantCulture, $"/{parent}/\n!/{parent}/*/\n");
            }

            return Paths.Aggregate(text, (written, path) => written.Append(CultureInfo.InvariantCulture, $"/{path}/\n")).ToString();
        }
    }

    /// <summary>Whether a path may be one of them; a slash at its end is taken too, as git does.</summary>
    public static bool IsPath(string path)
    {
        var folder = WithoutSlash(path);
        return path.EnumerateRunes().Count() <= LongestPath
            && folder.Length > 0
            && folder[0] != '!'
            && folder is not ([' ', ..] or [.., ' '])
            && !folder.AsSpan().ContainsAny(Glob)
            && !RemoteText.HoldsUnseen(folder)
            && folder.Split('/').All(part => part is not ("" or "." or "..") && !part.Equals(".git", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Brings them into one form: the same folders in another order are no other clone.</summary>
    /// <param name="paths">Each an <see cref="IsPath"/>.</param>
    public static SparseFolders Of(IEnumerable<string> paths)
    {
        var all = Sorted(paths.Select(WithoutSlash));
        var known = all.ToHashSet(StringComparer.Ordinal);
        return new SparseFolders([.. all.Where(path => !ParentsOf(path).Any(known.Contains))]);
    }

    public bool Equals(SparseFolders? other) => other is not null && Paths.SequenceEqual(other.Paths, StringComparer.Ordinal);

    public override int GetHashCode() => Paths.Aggregate(Paths.Count, HashCode.Combine);

    /// <summary><c>src, docs/api</c>.</summary>
    public override string ToString() => string.Join(", ", Paths);

    private static string WithoutSlash(string path) => path.EndsWith('/') ? path[..^1] : path;

    private static IEnumerable<string> ParentsOf(string path)
    {
        for (var end = path.LastIndexOf('/'); end > 0; end = path.LastIndexOf('/', end - 1))
        {
            yield return path[..end];
        }
    }

    /// <summary>By their bytes, as git sorts them: .NET's own order differs beyond the first 65,536 characters of Unicode.</summary>
    private static List<string> Sorted(IEnumerable<string> paths)
    {
        var sorted = paths.Distinct(StringComparer.Ordinal).ToList();
        sorted.Sort((one, other) => Encoding.UTF8.GetBytes(one).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(other)));
        return sorted;
    }
}

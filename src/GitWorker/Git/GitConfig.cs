using System.Text;

namespace CodeRepoOperator.GitWorker.Git;

/// <summary>
/// Writes <c>.git/config</c> where values come from others. libgit2 leaves quotes, <c>#</c> and <c>;</c> in them as they are, and git then
/// reads less than was written: a branch may have them in its name, and a URL in its path.
/// </summary>
internal static class GitConfig
{
    /// <param name="path">The file.</param>
    /// <param name="section">Its name, such as <c>branch</c>.</param>
    /// <param name="subsection">The name in quotes behind it, such as that of the branch; no line break.</param>
    /// <param name="values">Names and values.</param>
    public static void AddSection(string path, string section, string subsection, params IEnumerable<(string Name, string Value)> values)
    {
        var text = new StringBuilder().Append('[').Append(section).Append(" \"").Append(Escaped(subsection)).Append("\"]\n");
        foreach (var (name, value) in values)
        {
            text.Append('\t').Append(name).Append(" = \"").Append(Escaped(value)).Append("\"\n");
        }

        File.AppendAllText(path, text.ToString());
    }

    private static string Escaped(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
}

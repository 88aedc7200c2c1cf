using System.Text.RegularExpressions;

namespace CodeRepoOperator.Docs;

/// <summary>One of the project's documents.</summary>
internal sealed partial class MarkdownPage
{
    private readonly string _directory;

    /// <param name="path">Relative to the root of the checkout.</param>
    public MarkdownPage(string path)
    {
        var full = Checkout.PathOf(path);
        _directory = Path.GetDirectoryName(full)!;
        Text = File.ReadAllText(full);
    }

    public string Text { get; }

    /// <summary>The cells of each table row, headings and rulers left out.</summary>
    public IEnumerable<string[]> Rows => RowPattern().Matches(Text).Select(row => row.Groups["cells"].Value.Split(" | "));

    /// <summary>Links that lead nowhere: to no file of the checkout, or to no heading of the page they name.</summary>
    public IEnumerable<string> BrokenLinks =>
        LinkPattern()
            .Matches(Text)
            .Select(link => (File: link.Groups["file"].Value, Heading: link.Groups["heading"].Value))
            .Where(link => !link.File.Contains("://", StringComparison.Ordinal) && !Leads(link.File, link.Heading))
            .Select(link => link.File + link.Heading);

    /// <summary>The first cells of all tables, without their quotes; a cell may name several things.</summary>
    public IEnumerable<string> Described => Rows.SelectMany(row => row[0].Split(", ")).Select(cell => cell.Trim('`'));

    /// <summary>README, CONTRIBUTING and all of docs.</summary>
    public static IEnumerable<string> Paths =>
        new DirectoryInfo(Checkout.PathOf("docs"))
            .EnumerateFiles("*.md", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Checkout.PathOf("."), file.FullName))
            .Append("README.md")
            .Append("CONTRIBUTING.md");

    private bool Leads(string file, string heading)
    {
        var target = Path.Combine(_directory, file);
        return heading.Length == 0
            ? Path.Exists(target)
            : (file.Length == 0 ? Text : File.ReadAllText(target))
                .Split('\n')
                .Any(line => line.StartsWith('#') && AnchorOf(line) == heading);
    }

    /// <summary>As GitHub makes them.</summary>
    private static string AnchorOf(string heading) =>
        "#"
        + string.Concat(heading.TrimStart('#').Trim().ToLowerInvariant().Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-'))
            .Replace(' ', '-');

    [GeneratedRegex(@"^\| (?<cells>`.*) \|$", RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex RowPattern();

    [GeneratedRegex(@"\]\((?<file>[^)#\s]*)(?<heading>#[^)\s]+)?\)", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex LinkPattern();
}

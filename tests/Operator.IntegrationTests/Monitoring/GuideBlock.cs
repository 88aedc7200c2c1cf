using System.Text.RegularExpressions;

namespace CodeRepoOperator.Monitoring;

/// <summary>A block of commands in a runbook or in docs/operations.md.</summary>
/// <param name="Page">The page, relative to the root of the checkout.</param>
/// <param name="Language">What is written behind its opening fence.</param>
/// <param name="Lines">The commands.</param>
internal sealed partial record GuideBlock(string Page, string Language, IReadOnlyList<string> Lines)
{
    /// <summary>The pages that tell people what to run.</summary>
    public static IEnumerable<string> Pages =>
        Directory
            .GetFiles(Checkout.PathOf("docs/runbooks"), "*.md")
            .Append(Checkout.PathOf("docs/operations.md"))
            .Select(file => Path.GetRelativePath(Checkout.PathOf("."), file));

    /// <summary>The blocks of a page in a language.</summary>
    public static IReadOnlyList<GuideBlock> Of(string page, string language) =>
        [
            .. FencePattern()
                .Matches(File.ReadAllText(Checkout.PathOf(page)))
                .Where(fence => fence.Groups["language"].Value == language)
                .Select(fence => new GuideBlock(
                    page,
                    language,
                    [.. fence.Groups["text"].Value.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)]
                )),
        ];

    [GeneratedRegex(
        "^ *```(?<language>[a-z]*)\n(?<text>.*?)^ *```$",
        RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 10_000
    )]
    private static partial Regex FencePattern();
}

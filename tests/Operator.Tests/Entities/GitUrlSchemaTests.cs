using System.Text.RegularExpressions;
using CodeRepoOperator.Remotes;
using CodeRepoOperator.Remotes.Urls;
using CsCheck;
using YamlDotNet.RepresentationModel;

namespace CodeRepoOperator.Entities;

/// <summary>
/// The CRD's pattern and rules for <c>git_url</c>, as an API server reads them: expressions of RE2, which are those of .NET that need no
/// backtracking.
/// </summary>
public sealed partial class GitUrlSchemaTests
{
    private static readonly YamlMappingNode Schema = ReadSchema();
    private static readonly Regex Pattern = Re2(Text(Schema["pattern"]));
    private static readonly (bool IsWanted, Regex Expression)[] Rules =
    [
        .. ((YamlSequenceNode)Schema["x-kubernetes-validations"]).Select(rule => ReadRule(Text(rule["rule"]))),
    ];

    public static TheoryData<GitUrlCase> Cases => [.. GitUrlCases.All];

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Pattern_and_rules_refuse_what_they_are_said_to(GitUrlCase one)
    {
        Assert.Equal(one.Verdict is not GitUrlVerdict.RefusedByPattern, Pattern.IsMatch(one.Url));
        Assert.True(
            one.Verdict is GitUrlVerdict.RefusedByPattern || (one.Verdict is not GitUrlVerdict.RefusedByRule) == MeetsRules(one.Url),
            one.Url
        );
    }

    /// <summary>An import and a status have the canonical spelling, and somebody may apply it again.</summary>
    [Fact]
    public void What_the_controller_takes_the_schema_takes_and_the_canonical_spelling_too()
    {
        var taken = 0;
        HostileText.Url.Sample(
            text =>
            {
                if (GitUrl.Parse(text).Value is { } url)
                {
                    Interlocked.Increment(ref taken);
                    Assert.All([text, url.ToString()], spelling =>
                        Assert.True(Pattern.IsMatch(spelling) && MeetsRules(spelling), spelling)
                    );
                }
            },
            iter: 20_000
        );
        Assert.True(taken > 1_000, $"only {taken} were taken");
        Assert.All(GitUrlCases.Taken, one => Assert.True(Pattern.IsMatch(one.Canonical) && MeetsRules(one.Canonical), one.Canonical));
    }

    [Fact]
    public void A_password_is_refused_wherever_it_stands() =>
        HostileText.Url.Sample(
            text =>
            {
                if (PasswordPattern().IsMatch(text))
                {
                    Assert.False(Pattern.IsMatch(text) && MeetsRules(text), text);
                }
            },
            iter: 20_000
        );

    private static bool MeetsRules(string url) => Rules.All(rule => rule.Expression.IsMatch(url) == rule.IsWanted);

    private static (bool IsWanted, Regex Expression) ReadRule(string rule)
    {
        var parts = RulePattern().Match(rule);
        Assert.True(parts.Success, $"a rule of another form: {rule}");
        return (parts.Groups["not"].Length == 0, Re2(parts.Groups["expression"].Value));
    }

    private static Regex Re2(string expression) =>
        new(expression.EndsWith('$') ? expression[..^1] + "\\z" : expression, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    private static YamlMappingNode ReadSchema()
    {
        using var file = File.OpenText(Path.Combine(AppContext.BaseDirectory, "coderepo.dev_coderepos.yaml"));
        var yaml = new YamlStream();
        yaml.Load(file);
        return (YamlMappingNode)
            yaml.Documents[0].RootNode["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]["git_url"];
    }

    private static string Text(YamlNode node) => ((YamlScalarNode)node).Value!;

    [GeneratedRegex(@"^(?<not>!?)self\.matches\('(?<expression>[^'\\]+)'\)\z", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex RulePattern();

    [GeneratedRegex(
        $"^((https?|ssh)://|)[^/@:?#]*:{HostileText.Secret}@",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex PasswordPattern();
}

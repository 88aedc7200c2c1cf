using YamlDotNet.RepresentationModel;

namespace CodeRepoOperator.Monitoring;

/// <summary>The cases in tests/alerts: promtool runs them, on series that no running operator would give within a test.</summary>
[Trait("Category", "Slow")]
public sealed class AlertCasesTests
{
    public static TheoryData<string> Names => [.. AlertRule.Names];

    [Fact]
    public async Task Promtool_finds_nothing_wrong_with_the_rules()
    {
        var outcome = await Promtool.RunAsync("check", "rules", "--lint=all", "--lint-fatal", Checkout.PathOf(AlertRule.Path));

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task An_alert_fires_and_stays_silent_as_its_cases_say(string name)
    {
        var outcome = await Promtool.RunAsync("test", "rules", CasesOf(name));

        Assert.True(outcome.ExitCode == 0, outcome.Output + outcome.Error);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void An_alert_has_cases_of_firing_of_silence_and_of_resolving(string name)
    {
        var cases = Cases(name).ToList();

        Assert.All(cases.SelectMany(one => one.Looks), look => Assert.Equal(name, look.Alert));
        Assert.Contains(cases, one => one.Looks.All(look => look.Fires == 0));
        Assert.Contains(cases, Resolves);
    }

    [Fact]
    public void Every_file_of_cases_is_of_an_alert() =>
        Assert.Equal(
            AlertRule.Names.Order(StringComparer.Ordinal),
            Directory.GetFiles(Checkout.PathOf("tests/alerts")).Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal)
        );

    /// <summary>Silent first, then firing, silent at the end.</summary>
    private static bool Resolves(Case one) => one.Looks[0].Fires == 0 && one.Looks.Any(look => look.Fires > 0) && one.Looks[^1].Fires == 0;

    private static string CasesOf(string name) => Checkout.PathOf($"tests/alerts/{name}.yaml");

    private static IEnumerable<Case> Cases(string name)
    {
        var file = new YamlStream();
        file.Load(new StringReader(File.ReadAllText(CasesOf(name))));
        return ((YamlSequenceNode)file.Documents[0].RootNode["tests"]).Select(test => new Case([
            .. ((YamlSequenceNode)test["alert_rule_test"]).Select(look =>
                (look["alertname"].ToString(), ((YamlSequenceNode)look["exp_alerts"]).Children.Count)
            ),
        ]));
    }

    /// <summary>A case: what is seen at one time after the other.</summary>
    private sealed record Case(IReadOnlyList<(string Alert, int Fires)> Looks);
}

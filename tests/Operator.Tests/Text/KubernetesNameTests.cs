using System.Globalization;
using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace CodeRepoOperator.Text;

/// <summary>
/// What an API server takes for names, as <c>IsDNS1123Label</c> and <c>IsDNS1123Subdomain</c> of k8s.io/apimachinery have it.
/// </summary>
public sealed class KubernetesNameTests
{
    private static readonly (string Name, bool IsNamespace, bool IsObject)[] Table =
    [
        ("a", true, true),
        ("0", true, true),
        ("team-a", true, true),
        ("1--2", true, true),
        (new string('a', 63), true, true),
        (new string('a', 64), false, true),
        (new string('a', 253), false, true),
        (new string('a', 254), false, false),
        ("hello.v2", false, true),
        ("a.b-c.0", false, true),
        ("a..b", false, false),
        ("a.-b", false, false),
        ("a-.b", false, false),
        (".a", false, false),
        ("a.", false, false),
        (".", false, false),
        ("..", false, false),
        ("-", false, false),
        ("-a", false, false),
        ("a-", false, false),
        ("A", false, false),
        ("a_b", false, false),
        ("a b", false, false),
        ("a/b", false, false),
        ("a\n", false, false),
        ("a\0", false, false),
        ("ä", false, false),
        ("١", false, false),
        ("a\u212a", false, false),
    ];

    public static TheoryData<string, bool, bool> Cases => [.. Table];

    public static TheoryData<string> Schemas =>
        ["config/crd/coderepo.dev_coderepos.yaml", "charts/coderepo-operator/values.schema.json", "src/Operator/Api/openapi.json"];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_name_is_taken_as_an_API_server_takes_it(string name, bool isNamespace, bool isObject)
    {
        Assert.Equal(isNamespace, KubernetesName.IsNamespace(name));
        Assert.Equal(isObject, KubernetesName.IsObject(name));
    }

    [Fact]
    public void Nothing_is_no_name() => Assert.False(KubernetesName.IsNamespace("") || KubernetesName.IsObject(""));

    [Theory]
    [MemberData(nameof(Schemas))]
    public void What_users_write_is_judged_by_the_schemas_in_the_same_way(string file)
    {
        using var text = File.OpenText(Checkout.PathOf(file));
        var yaml = new YamlStream();
        yaml.Load(text);
        var ofNames = yaml.Documents[0].AllNodes.OfType<YamlMappingNode>().Where(node => IsOfNames(Find(node, "pattern"))).ToList();

        Assert.NotEmpty(ofNames);
        Assert.All(ofNames, schema =>
        {
            var longest = int.Parse(Find(schema, "maxLength") ?? "1000", CultureInfo.InvariantCulture);
            var pattern = new Regex(Find(schema, "pattern")!.Replace("$", @"\z", StringComparison.Ordinal), RegexOptions.NonBacktracking);
            var taken = Table.Where(one => one.Name.Length <= longest && pattern.IsMatch(one.Name)).ToList();
            var right = taken.Count > 0 && taken[^1].IsNamespace ? Table.Where(one => one.IsNamespace) : Table.Where(one => one.IsObject);
            Assert.Equal(right.Select(one => one.Name), taken.Select(one => one.Name));
        });
    }

    /// <summary>Names begin with a small letter or a digit; the keys of labels do too, and have a slash.</summary>
    private static bool IsOfNames(string? pattern) =>
        pattern?.TrimStart('^', '(').StartsWith("[a-z0-9]([-a-z0-9", StringComparison.Ordinal) == true
        && !pattern.Contains('/', StringComparison.Ordinal);

    private static string? Find(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(new YamlScalarNode(key), out var found) && found is YamlScalarNode value ? value.Value : null;
}

using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using CodeRepoOperator.Api.Archives;
using CodeRepoOperator.Api.Serving;
using CodeRepoOperator.Api.Watching;
using CodeRepoOperator.Api.Webhooks;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Monitoring;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Indexing.Declaring;
using CodeRepoOperator.Indexing.Pods;
using CodeRepoOperator.Indexing.Sweeping;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Runtime.Monitoring;
using CodeRepoOperator.Runtime.Serving;
using CodeRepoOperator.Runtime.Settings;
using Prometheus;

namespace CodeRepoOperator.Docs;

/// <summary>The documents say what the code does: every option, reason and metric, and none that is not there.</summary>
public sealed partial class DocsTests
{
    private static readonly (string Section, object Defaults)[] Options =
    [
        (StoreOptions.Section, new StoreOptions()),
        ($"{StoreOptions.Section}:{nameof(StoreOptions.Quotas)}:0", new NamespaceQuota()),
        (GitOptions.Section, new GitOptions()),
        ($"{GitOptions.Section}:{nameof(GitOptions.Credentials)}:0", new HostCredentials()),
        ($"{GitOptions.Section}:{nameof(GitOptions.HostBudgets)}:0", new HostBudget()),
        (RuntimeOptions.Section, new RuntimeOptions()),
        (ServingOptions.Section, new ServingOptions()),
        (IndexingOptions.Section, new IndexingOptions()),
        (ApiOptions.Section, new ApiOptions()),
        (HookOptions.Section, new HookOptions()),
        ($"{HookOptions.Section}:{nameof(HookOptions.Secrets)}:0", new HookSecret()),
        ($"{IndexingOptions.Section}:{nameof(IndexingOptions.Targets)}:0", new IndexingTarget()),
        ($"{IndexingOptions.Section}:{nameof(IndexingOptions.Tenants)}:0", new IndexingTenant()),
        ($"{IndexingOptions.Section}:{nameof(IndexingOptions.Declare)}:{nameof(DeclareOptions.Secrets)}:0", new DeclaredSecret()),
    ];

    private static readonly MarkdownPage Configuration = new("docs/configuration.md");
    private static readonly MarkdownPage Conditions = new("docs/conditions.md");

    /// <summary>What the migration makes, whose names begin as those of the metrics do.</summary>
    private static readonly string[] NamesOfTheDatabase =
    [
        "coderepo_claim",
        "coderepo_claim_next",
        "coderepo_claimable",
        "coderepo_heartbeat",
        "coderepo_finish",
        "coderepo_claim_indexing_jobs",
        "coderepo_indexing_attempts",
        "coderepo_indexing_attempts_prune",
    ];

    public static TheoryData<string> Pages => [.. MarkdownPage.Paths];

    [Fact]
    public void The_README_can_be_read_in_one_go() => Assert.InRange(File.ReadLines(Checkout.PathOf("README.md")).Count(), 1, 150);

    [Fact]
    public void Every_option_is_described_with_its_default_and_range()
    {
        var described = Configuration.Rows.Where(row => row[0].Contains(':')).Select(row => (row[0], row[2], RangeIn(row)));

        Assert.Equal(Options.SelectMany(section => OptionsOf(section.Section, section.Defaults)).Order(), described.Order());
    }

    [Fact]
    public void Every_example_of_an_option_sets_that_option()
    {
        var rows = Configuration.Rows.Where(row => row[0].Contains(':'));

        Assert.All(rows, row =>
            Assert.StartsWith(row[0].TrimEnd('`').Replace(":", "__", StringComparison.Ordinal), row[1], StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Every_field_of_a_CodeRepo_is_described_with_its_default()
    {
        var spec = FieldsOf(new CodeRepoSpec()).ToDictionary(field => field.Name, field => field.Default);
        var page = new MarkdownPage("docs/coderepo.md");

        Assert.Equal(spec.Keys.Order(), page.Described.Order());
        Assert.All(page.Rows.Where(row => row[1].StartsWith('`')), row =>
            Assert.Equal(spec[row[0].Trim('`')], row[1].Trim('`'), ignoreCase: true)
        );
        Assert.Empty(FieldsOf(new CodeRepoStatus()).Select(field => field.Name).Except(Conditions.Described).Except(["conditions"]));
    }

    [Fact]
    public void Every_condition_reason_loss_and_event_is_described()
    {
        var inCode = new[] { typeof(ConditionTypes), typeof(Reasons), typeof(EventReasons) }
            .SelectMany(ConstantsOf)
            .Concat(Enum.GetNames<CloneLoss>());

        Assert.Empty(inCode.Except(Conditions.Described));
        Assert.Empty(Conditions.Described.Where(name => char.IsUpper(name[0])).Except(inCode));
    }

    [Fact]
    public void Failures_are_called_terminal_or_transient_as_they_are_handled()
    {
        var failures = Conditions
            .Rows.Where(row => row[1] is "terminal" or "transient")
            .ToDictionary(row => row[0].Trim('`'), row => row[1]);

        Assert.Equal(
            failures.Keys.Where(reason => new CloneFailure(reason, "").Terminal),
            failures.Keys.Where(reason => failures[reason] == "terminal")
        );
        Assert.NotEmpty(failures);
    }

    [Fact]
    public async Task Every_metric_is_described_and_every_metric_named_exists()
    {
        var registry = Metrics.NewCustomRegistry();
        var factory = Metrics.WithCustomRegistry(registry);
        _ = new RuntimeMetrics(factory, new RuntimeNames("test", "coderepo"));
        _ = new CloningMetrics(factory);
        _ = new EnsureApiMetrics(factory);
        _ = new ArchiveMetrics(factory);
        _ = new WatchMetrics(factory);
        _ = new HookMetrics(factory);
        var indexing = Microsoft.Extensions.Options.Options.Create(new IndexingOptions());
        _ = new IndexingMetrics(factory, indexing);
        _ = new DeclaringMetrics(factory);
        _ = new PodsMetrics(factory, indexing);
        using var exported = new MemoryStream();
        await registry.CollectAndExportAsTextAsync(exported, TestContext.Current.CancellationToken);
        var inCode = TypePattern()
            .Matches(Encoding.UTF8.GetString(exported.ToArray()))
            .Select(line => line.Groups["metric"].Value)
            .ToList();

        var named = MarkdownPage.Paths.SelectMany(path => MetricPattern().Matches(new MarkdownPage(path).Text)).Select(name => name.Value);

        Assert.Empty(inCode.Except(new MarkdownPage("docs/metrics.md").Described));
        Assert.Empty(named.Except(inCode).Except(NamesOfTheDatabase));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Links_lead_to_files_and_headings(string path) => Assert.Empty(new MarkdownPage(path).BrokenLinks);

    [Theory]
    [InlineData("README.md")]
    [InlineData("CONTRIBUTING.md")]
    public void Every_make_target_that_a_page_names_exists(string page)
    {
        var named = MakePattern().Matches(new MarkdownPage(page).Text).Select(make => make.Groups["target"].Value).ToList();
        var makefile = File.ReadAllLines(Checkout.PathOf("Makefile"));

        Assert.NotEmpty(named);
        Assert.All(named, target => Assert.Contains(makefile, line => line.StartsWith($"{target}:", StringComparison.Ordinal)));
    }

    private static IEnumerable<(string Name, string Default, string? Range)> OptionsOf(string section, object defaults) =>
        defaults
            .GetType()
            .GetProperties()
            .Where(property => property.CanWrite)
            .SelectMany(property =>
                SettingsReader.HasOptions(property.PropertyType)
                    ? OptionsOf($"{section}:{property.Name}", property.GetValue(defaults)!)
                    : [($"`{section}:{property.Name}`", DefaultOf(property, defaults), RangeOf(property))]
            );

    private static IEnumerable<(string Name, string Default)> FieldsOf(object defaults) =>
        from property in defaults.GetType().GetProperties()
        let name = property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name
        where name is not null
        select (name, DefaultOf(property, defaults));

    private static string DefaultOf(PropertyInfo property, object defaults) =>
        property.GetValue(defaults) switch
        {
            "" => property.IsDefined(typeof(RequiredAttribute)) ? "required" : "none",
            null => property.IsDefined(typeof(RequiredAttribute)) ? "required" : "none",
            string text when text == Environment.MachineName => "the host name",
            string text => text,
            TimeSpan time => time.ToString("c"),
            IEnumerable items => items.Cast<object>().Any() ? "items" : "empty",
            var value => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        };

    private static string? RangeOf(PropertyInfo property) =>
        property.GetCustomAttribute<RangeAttribute>() is { } range
            ? string.Create(CultureInfo.InvariantCulture, $"{range.Minimum} to {range.Maximum}")
            : null;

    /// <summary>The range that a row gives; what other rules there are it says in words.</summary>
    private static string? RangeIn(string[] row) => row[3].Contains(" to ", StringComparison.Ordinal) ? row[3] : null;

    private static IEnumerable<string> ConstantsOf(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.Static).Select(constant => (string)constant.GetRawConstantValue()!);

    [GeneratedRegex("^# TYPE (?<metric>[a-z_]+) ", RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex TypePattern();

    [GeneratedRegex("coderepo_[a-z_]+", RegexOptions.NonBacktracking)]
    private static partial Regex MetricPattern();

    [GeneratedRegex(
        "(^|`)make (?<target>[a-z0-9-]+)",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex MakePattern();
}

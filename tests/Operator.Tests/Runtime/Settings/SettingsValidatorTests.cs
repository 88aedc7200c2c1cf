using System.ComponentModel.DataAnnotations;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Runtime.Serving;
using Microsoft.Extensions.Configuration;

namespace CodeRepoOperator.Runtime.Settings;

public sealed class SettingsValidatorTests
{
    private static readonly (string Key, string? Value)[] Required =
    [
        ("Store:Root", "/store"),
        ("Store:Claim", "claim"),
        ("Store:Namespace", "system"),
    ];

    /// <summary>What is set, and the whole message: key, value, what would be right.</summary>
    public static TheoryData<string, string, string> StoreErrors =>
        new()
        {
            { "Store:Shard", "x", "Store:Shard is 'x': must be a whole number, from 0 to 9999, such as 0." },
            { "Store:Shard", "", "Store:Shard is '': must be a whole number, from 0 to 9999, such as 0." },
            { "Store:Shard", "10000", "Store:Shard is '10000': must be a whole number, from 0 to 9999." },
            { "Store:Shard", "99999999999", "Store:Shard is '99999999999': must be a whole number, from 0 to 9999, such as 0." },
            { "Store:TrashSizeLimit", "-1", "Store:TrashSizeLimit is '-1': must be a whole number, from 0 to 1000000000000000." },
            {
                "Store:VerifyInterval",
                "soon",
                "Store:VerifyInterval is 'soon': must be a time as hh:mm:ss or d.hh:mm:ss, from 00:00:01 to 01:00:00, such as 00:00:15."
            },
            {
                "Store:VerifyInterval",
                "30",
                "Store:VerifyInterval is '30': must be a time as hh:mm:ss or d.hh:mm:ss, from 00:00:01 to 01:00:00, such as 00:00:15. "
                    + "For 30 s write 00:00:30."
            },
            {
                "Store:VerifyInterval",
                "30s",
                "Store:VerifyInterval is '30s': must be a time as hh:mm:ss or d.hh:mm:ss, from 00:00:01 to 01:00:00, such as 00:00:15."
            },
            {
                "Store:VerifyInterval",
                "00:30",
                "Store:VerifyInterval is '00:30': must be a time as hh:mm:ss or d.hh:mm:ss, from 00:00:01 to 01:00:00, such as 00:00:15."
            },
            {
                "Store:VerifyInterval",
                "24:00:00",
                "Store:VerifyInterval is '24:00:00': must be a time as hh:mm:ss or d.hh:mm:ss, from 00:00:01 to 01:00:00, such as 00:00:15."
            },
            {
                "Store:VerifyInterval",
                "01:00:01",
                "Store:VerifyInterval is '01:00:01': must be a time as hh:mm:ss or d.hh:mm:ss, from 00:00:01 to 01:00:00."
            },
            { "Store:Claim", "My_Claim", "Store:Claim is 'My_Claim': must be the name of a Kubernetes object." },
            { "Store:Claim", "clones..a", "Store:Claim is 'clones..a': must be the name of a Kubernetes object." },
            { "Store:Namespace", "team.a", "Store:Namespace is 'team.a': must be the name of a namespace." },
            { "Store:Root", "", "Store:Root is missing: name the directory where the volume for clones is mounted." },
            { "Store:VerifyIntervall", "00:00:30", "Store:VerifyIntervall is not a setting; did you mean Store:VerifyInterval?" },
            { "Store:verifyintervals", "00:00:30", "Store:verifyintervals is not a setting; did you mean Store:VerifyInterval?" },
            { "Store:Password", "hunter2", "Store:Password is not a setting." },
            { "Store:Node:0", "worker-3", "Store:Node:0 is not a setting: Store:Node is one value." },
        };

    public static TheoryData<string, string, string> ListErrors =>
        new()
        {
            {
                "Operator:Namespaces",
                "team-a",
                "Operator:Namespaces is 'team-a': it is a list; write Operator:Namespaces:0 for its first item."
            },
            { "Operator:Namespaces:0", "Team_A", "Operator:Namespaces is 'Team_A': must be the name of a namespace." },
            { "Operator:Namespaces:0", "team-a\n", "Operator:Namespaces is 'team-a ': must be the name of a namespace." },
            { "Operator:Namespaces:0", "", "Operator:Namespaces is '': must be the name of a namespace." },
            {
                "Operator:Namespaces:0:Name",
                "team-a",
                "Operator:Namespaces:0:Name is not a setting: an item of Operator:Namespaces is one value."
            },
            { "Operator:Instance", "", "Operator:Instance is missing: name this process, or leave the setting out." },
        };

    [Theory]
    [MemberData(nameof(StoreErrors))]
    public void A_error_is_reported_with_its_key_its_value_and_what_would_be_right(string key, string value, string reported) =>
        Assert.Equal(
            [reported],
            ErrorsIn<StoreOptions>(StoreOptions.Section, [.. Required.Where(setting => setting.Key != key), (key, value)])
        );

    [Theory]
    [MemberData(nameof(ListErrors))]
    public void An_item_of_a_list_is_looked_at_too(string key, string value, string reported) =>
        Assert.Equal([reported], ErrorsIn<RuntimeOptions>(RuntimeOptions.Section, (key, value)));

    [Theory]
    [InlineData("00:00:30")]
    [InlineData("0.00:00:30")]
    [InlineData("00:00:30.5")]
    public void A_time_is_read_however_exact_it_is(string time) => Assert.Equal(30, Math.Floor(Bound(time).VerifyInterval.TotalSeconds));

    [Fact]
    public void A_error_hides_no_other()
    {
        var errors = ErrorsIn<StoreOptions>(
            StoreOptions.Section,
            ("Store:Root", "/store"),
            ("Store:Shard", "x"),
            ("Store:VerifyInterval", "30"),
            ("Store:MaxConcurrentClones", "65"),
            ("Store:Rot", "/")
        );

        Assert.Equal(
            ["Store:Claim", "Store:MaxConcurrentClones", "Store:Namespace", "Store:Rot", "Store:Shard", "Store:VerifyInterval"],
            errors.Select(error => error.Split(' ')[0]).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void What_concerns_the_whole_is_reported_beside_a_value_out_of_its_range() =>
        Assert.Equal(
            ["Serving:Port is '0': must be a whole number, from 1 to 65535.", "Serving:Address is 'here': must be an IP address."],
            ErrorsIn<ServingOptions>(ServingOptions.Section, ("Serving:Port", "0"), ("Serving:Address", "here"))
        );

    [Fact]
    public void A_value_beside_a_error_is_bound_and_one_that_can_not_be_read_leaves_its_default()
    {
        var options = new StoreOptions();
        Validator<StoreOptions>(StoreOptions.Section, ("Store:Shard", "7"), ("Store:VerifyInterval", "30")).Configure(options);

        Assert.Equal((7, TimeSpan.FromSeconds(15)), (options.Shard, options.VerifyInterval));
    }

    [Fact]
    public void Lists_are_bound()
    {
        var options = new GitOptions();
        Validator<GitOptions>(GitOptions.Section, ("Git:AllowedHosts:0", "a.example.com"), ("Git:AllowedHosts:1", "*.example.org"))
            .Configure(options);

        Assert.Equal(["a.example.com", "*.example.org"], options.AllowedHosts);
    }

    [Fact]
    public void Variables_of_others_are_none_of_our_settings() =>
        Assert.Empty(
            ErrorsIn<StoreOptions>(
                StoreOptions.Section,
                [.. Required, ("STORE", "/usr/bin/store"), ("STORE_PORT", "tcp://10.0.0.1:80"), ("STORE_SERVICE_HOST", "10.0.0.1")]
            )
        );

    [Fact]
    public void A_secret_is_not_shown()
    {
        var errors = ErrorsIn<WithSecrets>("Test", ("Test:Pin", "hunter2"), ("Test:Url", "ftp://me:hunter2@example.com/\nand more"));

        Assert.Equal(
            [
                "Test:Pin is '***': must be a whole number, such as 0.",
                "Test:Url is 'ftp://***@example.com/ and more': must be a URL of https.",
            ],
            errors
        );
    }

    [Fact]
    public void An_item_of_a_list_may_have_settings_of_its_own()
    {
        var options = new WithItems();

        Validator<WithItems>("Test", ("Test:Items:0:Name", "a"), ("Test:Items:1:Count", "7")).Configure(options);

        Assert.Equal([("a", 1), ("none", 7)], options.Items.Select(item => (item.Name, item.Count)));
    }

    [Fact]
    public void A_setting_may_have_settings_of_its_own()
    {
        var options = new WithGroup();

        Validator<WithGroup>("Test", ("Test:One:Name", "a"), ("Test:One:Count", "7")).Configure(options);

        Assert.Equal(("a", 7), (options.One.Name, options.One.Count));
    }

    [Theory]
    [InlineData("Test:One:Counts", "7", "Test:One:Counts is not a setting; did you mean Test:One:Count?")]
    [InlineData("Test:One", "a", "Test:One is 'a': it has settings of its own; write Test:One:Name.")]
    [InlineData("Test:One:Count", "x", "Test:One:Count is 'x': must be a whole number")]
    public void Each_error_in_them_is_reported(string setting, string value, string error) =>
        Assert.StartsWith(error, Assert.Single(ErrorsIn<WithGroup>("Test", (setting, value))), StringComparison.Ordinal);

    [Fact]
    public void Each_error_in_an_item_is_reported() =>
        Assert.Equal(
            [
                "Test:Items:0:Counts is not a setting; did you mean Test:Items:0:Count?",
                "Test:Items:1 is 'b': it has settings of its own; write Test:Items:1:Name.",
                "Test:Items:2:Count is 'x': must be a whole number, from 1 to 9, such as 1.",
                "Test:Items:0:Count is '10': must be a whole number, from 1 to 9.",
                "Test:Items:0:Name is forbidden.",
            ],
            ErrorsIn<WithItems>(
                "Test",
                ("Test:Items:0:Counts", "a"),
                ("Test:Items:0:Name", "bad"),
                ("Test:Items:0:Count", "10"),
                ("Test:Items:1", "b"),
                ("Test:Items:2:Count", "x")
            )
        );

    private static StoreOptions Bound(string verifyInterval)
    {
        var options = new StoreOptions();
        Validator<StoreOptions>(StoreOptions.Section, ("Store:VerifyInterval", verifyInterval)).Configure(options);
        return options;
    }

    private static IEnumerable<string> ErrorsIn<TOptions>(string section, params (string Key, string? Value)[] settings)
        where TOptions : class, new()
    {
        var validator = Validator<TOptions>(section, settings);
        var options = new TOptions();
        validator.Configure(options);
        return validator.Validate(name: null, options).Failures ?? [];
    }

    private static SettingsValidator<TOptions> Validator<TOptions>(string section, params (string Key, string? Value)[] settings)
        where TOptions : class, new() =>
        new(
            section,
            new ConfigurationBuilder()
                .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value)))
                .Build()
        );

    private sealed class WithSecrets
    {
        [DataType(DataType.Password)]
        public int Pin { get; init; }

        [RegularExpression("^https:.*$", ErrorMessage = "a URL of https.")]
        public string Url { get; init; } = "";
    }

    private sealed class WithGroup
    {
        public Item One { get; init; } = new();
    }

    private sealed class WithItems
    {
        public IReadOnlyList<Item> Items { get; init; } = [];
    }

    private sealed class Item : IValidatableObject
    {
        public string Name { get; init; } = "none";

        [Range(1, 9)]
        public int Count { get; init; } = 1;

        public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
            Name == "bad" ? [new ValidationResult("is forbidden.", [nameof(Name)])] : [];
    }
}

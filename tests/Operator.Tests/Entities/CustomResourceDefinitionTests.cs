using System.Collections;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using k8s;
using k8s.Models;
using YamlDotNet.Serialization;

namespace CodeRepoOperator.Entities;

/// <summary>The CRD in config/crd and the types in src/Entities say the same.</summary>
public sealed class CustomResourceDefinitionTests
{
    private static readonly JsonNode Definition = ReadDefinition();
    private static readonly JsonNode Version = Definition["spec"]!["versions"]![0]!;
    private static readonly JsonNode Schema = Version["schema"]!["openAPIV3Schema"]!;

    /// <summary>Each object of the API: where its schema is, and its type.</summary>
    public static TheoryData<string, Type> Objects =>
        new()
        {
            { "", typeof(CodeRepo) },
            { "spec", typeof(CodeRepoSpec) },
            { "spec.auth", typeof(CodeRepoAuth) },
            { "spec.indexing", typeof(CodeRepoIndexing) },
            { "spec.ref", typeof(CodeRepoRef) },
            { "spec.submodules", typeof(CodeRepoSubmodules) },
            { "spec.lfs", typeof(CodeRepoLfs) },
            { "spec.storage", typeof(CodeRepoStorage) },
            { "status", typeof(CodeRepoStatus) },
            { "status.conditions", typeof(V1Condition) },
            { "status.content", typeof(CodeRepoContent) },
            { "status.content.lfs", typeof(CodeRepoLfsContent) },
            { "status.origin", typeof(CodeRepoOrigin) },
            { "status.ref", typeof(CodeRepoRefStatus) },
            { "status.volume", typeof(CodeRepoVolume) },
            { "status.indexing", typeof(CodeRepoIndexingStatus) },
        };

    public static TheoryData<string> Durations => ["spec.interval", "spec.timeout", "spec.indexing.threshold"];

    [Fact]
    public void Names_are_those_of_the_type()
    {
        var spec = Definition["spec"]!;

        Assert.Equal($"{CodeRepo.Plural}.{CodeRepo.Group}", Text(Definition["metadata"]!["name"]));
        Assert.Equal(CodeRepo.Group, Text(spec["group"]));
        Assert.Equal(CodeRepo.Version, Text(Version["name"]));
        Assert.Equal(CodeRepo.ResourceKind, Text(spec["names"]!["kind"]));
        Assert.Equal(CodeRepo.Plural, Text(spec["names"]!["plural"]));
        Assert.Equal(["crepo"], Texts(spec["names"]!["shortNames"]));
        Assert.Equal(["coderepo"], Texts(spec["names"]!["categories"]));
        Assert.Equal("Namespaced", Text(spec["scope"]));
        Assert.NotNull(Version["subresources"]!["status"]);
    }

    [Theory]
    [MemberData(nameof(Objects))]
    public void Fields_and_their_types_are_the_same_both_ways(string path, Type type)
    {
        var inType = JsonProperties(type).Select(property => $"{NameOf(property)}: {SchemaTypeOf(property.PropertyType)}");
        var inSchema = At(path)["properties"]!.AsObject().Select(property => $"{property.Key}: {Text(property.Value!["type"])}");

        Assert.Equal(inType.Order(StringComparer.Ordinal), inSchema.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Objects))]
    public void No_object_is_left_out_of_these_tests(string path, Type type)
    {
        var nested = At(path)["properties"]!
            .AsObject()
            .Where(property => property.Key is not "metadata" && HasFields(property.Value!))
            .Select(property => $"{path}.{property.Key}".TrimStart('.'));

        Assert.All(nested, child => Assert.Contains(Objects, row => row.Data.Item1 == child));
        Assert.NotNull(type);
    }

    [Theory]
    [MemberData(nameof(Objects))]
    public void Every_field_has_a_description(string path, Type type)
    {
        Assert.All(
            At(path)["properties"]!.AsObject().Where(property => type != typeof(CodeRepo) || property.Key is not "metadata"),
            property => Assert.EndsWith(".", Text(property.Value!["description"])!.TrimEnd(), StringComparison.Ordinal)
        );
    }

    [Theory]
    [MemberData(nameof(Objects))]
    public void Defaults_are_the_initializers(string path, Type type)
    {
        var initial = JsonNode.Parse(KubernetesJson.Serialize(Activator.CreateInstance(type)))!.AsObject();
        var required = Texts(At(path)["required"]);
        var structural = type == typeof(CodeRepo) ? ["apiVersion", "kind", "metadata", "spec"] : required;
        foreach (var name in structural)
        {
            initial.Remove(name!);
        }

        var defaults = new JsonObject(
            At(path)["properties"]!
                .AsObject()
                .Where(property => property.Value!["default"] is not null)
                .Select(property => KeyValuePair.Create(property.Key, property.Value!["default"]?.DeepClone()))
        );

        Assert.True(JsonNode.DeepEquals(initial, defaults), $"{path}: initializers {initial}, defaults {defaults}");
    }

    [Theory]
    [MemberData(nameof(Durations))]
    public void Durations_have_the_pattern_that_the_parser_has(string path) => Assert.Equal(GoDuration.Pattern, Text(At(path)["pattern"]));

    [Fact]
    public void Policies_are_those_of_the_type() => Assert.Equal(Enum.GetNames<ClonePolicy>(), Texts(At("spec.policy")["enum"]));

    [Fact]
    public void Conditions_are_a_map_keyed_by_type()
    {
        var conditions = Schema["properties"]!["status"]!["properties"]!["conditions"]!;

        Assert.Equal("map", Text(conditions["x-kubernetes-list-type"]));
        Assert.Equal(["type"], Texts(conditions["x-kubernetes-list-map-keys"]));
    }

    [Fact]
    public void Columns_tell_where_from_what_and_whether_ready()
    {
        var columns = Version["additionalPrinterColumns"]!.AsArray().Select(column => $"{column!["name"]} {column["jsonPath"]}");

        Assert.Equal(
            [
                "URL .spec.git_url",
                "Branch .status.branch",
                "Ref .status.ref.resolved",
                "Commit .status.short",
                $"Ready .status.conditions[?(@.type==\"{ConditionTypes.Ready}\")].status",
                $"Reason .status.conditions[?(@.type==\"{ConditionTypes.Ready}\")].reason",
                "Age .metadata.creationTimestamp",
            ],
            columns
        );
    }

    private static JsonNode ReadDefinition()
    {
        var yaml = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "coderepo.dev_coderepos.yaml"));
        var tree = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build().Deserialize(yaml);
        return JsonNode.Parse(new SerializerBuilder().JsonCompatible().Build().Serialize(tree))!;
    }

    private static JsonNode At(string path)
    {
        var schema = Schema;
        foreach (var name in path.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            schema = schema["properties"]![name] ?? throw new InvalidOperationException($"the schema has no {path}");
            schema = schema["items"] ?? schema;
        }

        return schema;
    }

    private static bool HasFields(JsonNode schema) => (schema["items"] ?? schema)["properties"] is not null;

    private static IEnumerable<PropertyInfo> JsonProperties(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.GetCustomAttribute<JsonPropertyNameAttribute>() is not null);

    private static string NameOf(PropertyInfo property) => property.GetCustomAttribute<JsonPropertyNameAttribute>()!.Name;

    private static string SchemaTypeOf(Type type)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        return plain switch
        {
            _ when plain == typeof(string) || plain == typeof(DateTimeOffset) || plain == typeof(DateTime) || plain.IsEnum => "string",
            _ when plain == typeof(bool) => "boolean",
            _ when plain == typeof(int) || plain == typeof(long) => "integer",
            _ when plain.IsAssignableTo(typeof(IEnumerable)) || plain.IsGenericType => "array",
            _ => "object",
        };
    }

    private static string? Text(JsonNode? node) => node?.GetValue<string>();

    private static string?[] Texts(JsonNode? node) => [.. node?.AsArray().Select(Text) ?? []];
}

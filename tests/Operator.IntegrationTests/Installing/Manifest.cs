using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;

namespace CodeRepoOperator.Installing;

/// <summary>The objects of a manifest.</summary>
internal static class Manifest
{
    /// <summary>Reads all documents of a file of YAML.</summary>
    public static IReadOnlyList<JsonObject> Parse(string yaml)
    {
        var reader = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build();
        var writer = new SerializerBuilder().JsonCompatible().Build();
        var parser = new Parser(new StringReader(yaml));
        parser.Consume<StreamStart>();
        var objects = new List<JsonObject>();
        while (parser.Accept<DocumentStart>(out _))
        {
            // A document of nothing but comments is null.
            if (reader.Deserialize(parser) is { } document)
            {
                objects.Add(JsonNode.Parse(writer.Serialize(document))!.AsObject());
            }
        }

        return objects;
    }

    /// <summary>What an object is called: kind, namespace and name.</summary>
    public static string NameOf(JsonObject item) =>
        $"{item["kind"]} {(item["metadata"]!["namespace"] is { } ns ? $"{ns}/" : "")}{item["metadata"]!["name"]}";

    /// <summary>Whether it is one of Helm's hooks.</summary>
    public static bool IsHook(JsonObject item) => item["metadata"]!["annotations"]?["helm.sh/hook"] is not null;

    /// <summary>The objects as a manifest again.</summary>
    public static string ToYaml(IEnumerable<JsonObject> objects) => string.Join("\n---\n", objects.Select(item => item.ToJsonString()));
}

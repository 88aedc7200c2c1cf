using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace CodeRepoOperator.Entities;

/// <summary>
/// Reads of an object what can be read. A field with a value of another type than the API has, as a CRD that was relaxed by hand lets
/// in, keeps its default instead of failing the whole: a list holds the objects of everybody.
/// </summary>
/// <typeparam name="T">The object.</typeparam>
public abstract class TolerantConverter<T> : JsonConverter<T>
    where T : class, new()
{
    /// <inheritdoc />
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var start = reader;
        var type = TypeIn(options);
        try
        {
            return Checked(JsonSerializer.Deserialize(ref reader, type), []);
        }
        catch (Exception error) when (IsMisfit(error))
        {
            reader = start;
            return ReadFieldByField(JsonElement.ParseValue(ref reader), type);
        }
    }

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, value, TypeIn(options));

    /// <summary>Makes what was read fit to be used.</summary>
    /// <param name="read">What was read; null: a null.</param>
    /// <param name="unreadable">The fields that could not be read, as paths (<c>auth.secret</c>); empty for the object itself.</param>
    protected abstract T Checked(T? read, IReadOnlyList<string> unreadable);

    private static JsonTypeInfo<T> TypeIn(JsonSerializerOptions options) => (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));

    private T ReadFieldByField(JsonElement element, JsonTypeInfo<T> type)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            return Checked(new T(), [""]);
        }

        var readable = new List<string>();
        var unreadable = new List<string>();
        foreach (var field in element.EnumerateObject())
        {
            var text = $"\"{JsonEncodedText.Encode(field.Name)}\":{field.Value.GetRawText()}";
            try
            {
                _ = Read([text], type);
                readable.Add(text);
            }
            catch (Exception error) when (IsMisfit(error))
            {
                unreadable.Add(
                    error is JsonException { Path: { } path } && path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : field.Name
                );
            }
        }

        return Checked(Read(readable, type), unreadable);
    }

    private static T? Read(IEnumerable<string> fields, JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize($"{{{string.Join(',', fields)}}}", type);

    /// <summary>Converters of dates and numbers throw what the reading of these throws.</summary>
    private static bool IsMisfit(Exception error) =>
        error is JsonException or FormatException or InvalidOperationException or ArgumentException or OverflowException;
}

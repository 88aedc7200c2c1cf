using System.Globalization;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>
/// Turns what users write as <c>spec.indexing.id</c> into the text that the database has of such a key. It is judged here, one by one:
/// a single text that the database can't turn into the key's type would fail the query for all.
/// </summary>
internal static class KeySpelling
{
    /// <summary>Whether keys of a type are found by the index on them; others are compared as texts.</summary>
    /// <param name="type">The type of the key, as <c>format_type</c> spells it.</param>
    public static bool IsIndexable(string type) => type is "uuid" or "smallint" or "integer" or "bigint" or "text" || IsVarchar(type);

    /// <summary>The key as the database spells it; null: it can't be one of this type.</summary>
    /// <param name="type">The type of the key, as <c>format_type</c> spells it.</param>
    /// <param name="id">What the user wrote.</param>
    public static string? Canonical(string type, string id) =>
        type switch
        {
            _ when id.Contains('\0', StringComparison.Ordinal) => null,
            "uuid" => Guid.TryParse(id, CultureInfo.InvariantCulture, out var key) ? key.ToString("D") : null,
            "smallint" => short.TryParse(id, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var key) ? Text(key) : null,
            "integer" => int.TryParse(id, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var key) ? Text(key) : null,
            "bigint" => long.TryParse(id, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var key) ? Text(key) : null,
            _ => id,
        };

    private static bool IsVarchar(string type) =>
        type.StartsWith("character varying", StringComparison.Ordinal) && !type.Contains('[', StringComparison.Ordinal);

    private static string Text(long key) => key.ToString(CultureInfo.InvariantCulture);
}

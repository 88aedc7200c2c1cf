using Npgsql;
using NpgsqlTypes;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>
/// Keys as a parameter whose type the server infers from the column that it is compared with: so a key may be of any type, and its
/// index is used.
/// </summary>
internal static class KeyArray
{
    /// <summary>Makes the parameter.</summary>
    public static NpgsqlParameter Parameter(IEnumerable<string> keys) => new() { NpgsqlDbType = NpgsqlDbType.Unknown, Value = Text(keys) };

    /// <summary>The keys as PostgreSQL writes an array.</summary>
    public static string Text(IEnumerable<string> keys) => $"{{{string.Join(',', keys.Select(Quoted))}}}";

    private static string Quoted(string key) =>
        $"\"{key.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}

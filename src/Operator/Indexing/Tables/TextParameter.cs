using Npgsql;
using NpgsqlTypes;

namespace CodeRepoOperator.Indexing.Tables;

/// <summary>Texts as parameters of a statement.</summary>
internal static class TextParameter
{
    /// <summary>A text.</summary>
    public static NpgsqlParameter Of(string text) => new() { Value = text, NpgsqlDbType = NpgsqlDbType.Text };

    /// <summary>An array of texts; null stands for NULL.</summary>
    public static NpgsqlParameter Of(IEnumerable<string?> texts) =>
        new() { Value = texts.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };
}

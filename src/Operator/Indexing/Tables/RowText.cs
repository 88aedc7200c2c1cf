using System.Text;
using Npgsql;

namespace CodeRepoOperator.Indexing.Tables;

/// <summary>Texts of rows, which anybody may have written.</summary>
internal static class RowText
{
    /// <summary>
    /// A text; null: none. A database that checks no encoding (SQL_ASCII) stores any bytes: what is not valid becomes U+FFFD, so that one
    /// row's bytes keep no other from being read.
    /// </summary>
    public static string? TextAt(this NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : Encoding.UTF8.GetString(reader.GetFieldValue<byte[]>(column));
}

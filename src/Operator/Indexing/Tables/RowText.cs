using System.Text;
using CodeRepoOperator.Text;
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

    /// <summary>Names rows in a message, with what is wrong with each.</summary>
    /// <param name="rows">The rows, or the first of them.</param>
    /// <param name="count">How many there are in all.</param>
    /// <param name="most">How many are named at most.</param>
    public static string Named(IEnumerable<(string Key, string Why)> rows, long count, int most)
    {
        var named = rows.Take(most).Select(row => $"{ForeignText.Escaped(row.Key, ForeignText.LongestValue)}: {row.Why}");
        return string.Join(" ", named) + (count > most ? " …" : "");
    }
}

using System.Text;
using CodeRepoOperator.Runtime.Settings;

namespace CodeRepoOperator.Indexing.Tables;

/// <summary>Names of schemas, tables and columns, as they come from the settings.</summary>
internal static class SqlName
{
    /// <summary>In bytes of UTF-8: PostgreSQL cuts longer ones off, and would so take another object (NAMEDATALEN).</summary>
    private const int MaximumBytes = 63;

    /// <summary>What is wrong with a name, in words that follow that of its setting; null: nothing.</summary>
    /// <param name="name">The name.</param>
    /// <param name="isRequired">Whether it may not be empty.</param>
    public static string? Error(string name, bool isRequired) =>
        name switch
        {
            "" => isRequired ? "is missing: give a name." : null,
            _ when name.Any(char.IsControl) => $"is {SettingText.Shown(name)}: must not have control characters in it.",
            _ when !IsUnicode(name) => $"is {SettingText.Shown(name)}: must be valid Unicode.",
            _ when Encoding.UTF8.GetByteCount(name) > MaximumBytes =>
                $"is {SettingText.Shown(name)}: must be at most {MaximumBytes} bytes long, as PostgreSQL's names are.",
            _ => null,
        };

    /// <summary>A name as SQL takes it, whatever is in it.</summary>
    /// <exception cref="ArgumentException">It is no name: validation was passed by.</exception>
    public static string Quoted(string name) =>
        Error(name, isRequired: true) is { } error
            ? throw new ArgumentException($"The name {error}", nameof(name))
            : $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>A text as an SQL literal: for where a parameter can't stand, such as in the definition of an index.</summary>
    /// <exception cref="ArgumentException">PostgreSQL's texts hold no NUL.</exception>
    public static string Literal(string text) =>
        text.Contains('\0', StringComparison.Ordinal)
            ? throw new ArgumentException("A text with a NUL in it can't be stored.", nameof(text))
        : text.Contains('\\', StringComparison.Ordinal)
            ? $"E'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal)}'"
        : $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private static bool IsUnicode(string name)
    {
        for (var i = 0; i < name.Length; i++)
        {
            if (char.IsSurrogate(name[i]) && !(i + 1 < name.Length && char.IsSurrogatePair(name[i], name[++i])))
            {
                return false;
            }
        }

        return true;
    }
}

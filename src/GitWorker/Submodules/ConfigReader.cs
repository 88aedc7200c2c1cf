using System.Globalization;
using System.Text;

namespace CodeRepoOperator.GitWorker.Submodules;

/// <summary>
/// Reads a file in the format of git's configuration (git's <c>config.c</c>), and nothing but this file: it knows no includes, which
/// libgit2 follows to wherever they lead. What git refuses, it refuses.
/// </summary>
/// <param name="content">The file.</param>
internal sealed class ConfigReader(ReadOnlyMemory<byte> content)
{
    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    private readonly List<byte> _name = [];
    private int _at = content.Span.StartsWith(ByteOrderMark) ? ByteOrderMark.Length : 0;
    private int _line = 1;
    private int _sectionLength;
    private bool _isAtEnd;

    /// <summary>Reads the next setting.</summary>
    /// <returns>The setting; null: that was the last one.</returns>
    /// <exception cref="InvalidDataException">Git could not read it either; the message has the line.</exception>
    public ConfigEntry? Next()
    {
        while (true)
        {
            var next = Read();
            if (_isAtEnd)
            {
                return null;
            }

            if (IsSpace(next))
            {
                continue;
            }

            switch (next)
            {
                case (byte)'#' or (byte)';':
                    SkipLine();
                    break;
                case (byte)'[':
                    ReadSection();
                    break;
                case var letter when char.IsAsciiLetter((char)letter):
                    return ReadEntry(letter);
                default:
                    throw Malformed();
            }
        }
    }

    private void SkipLine()
    {
        while (Read() != '\n')
        {
            // A comment.
        }
    }

    private void ReadSection()
    {
        _name.Clear();
        for (var next = Read(); next != ']'; next = Read())
        {
            if (_isAtEnd)
            {
                throw Malformed();
            }

            if (IsSpace(next))
            {
                ReadSubsection(next);
                break;
            }

            _name.Add(
                IsOfKey(next) || next == '.'
                    ? char.IsAsciiLetterUpper((char)next)
                        ? (byte)(next | 0x20)
                        : next
                    : throw Malformed()
            );
        }

        _sectionLength = _name.Count;
    }

    private void ReadSubsection(byte space)
    {
        while (IsSpace(space))
        {
            space = space == '\n' ? throw Malformed() : Read();
        }

        if (space != '"')
        {
            throw Malformed();
        }

        _name.Add((byte)'.');
        for (var next = Read(); next != '"'; next = Read())
        {
            next = next == '\\' ? Read() : next;
            _name.Add(next == '\n' ? throw Malformed() : next);
        }

        if (Read() != ']')
        {
            throw Malformed();
        }
    }

    private ConfigEntry ReadEntry(byte first)
    {
        var key = new StringBuilder();
        var next = first;
        for (; !_isAtEnd && IsOfKey(next); next = Read())
        {
            key.Append(char.ToLowerInvariant((char)next));
        }

        while (next is (byte)' ' or (byte)'\t')
        {
            next = Read();
        }

        var value =
            next == '\n' ? null
            : next == '=' ? ReadValue()
            : throw Malformed();

        // [a.b] is what [a "b"] was called once: the first dot ends the section.
        var section = Encoding.UTF8.GetString([.. _name.Take(_sectionLength)]);
        var dot = section.IndexOf('.', StringComparison.Ordinal);
        return dot < 0
            ? new ConfigEntry(section, null, key.ToString(), value)
            : new ConfigEntry(section[..dot], section[(dot + 1)..], key.ToString(), value);
    }

    private string ReadValue()
    {
        var value = new List<byte>();
        var (isQuoted, kept) = (false, 0);
        while (true)
        {
            var next = Read();
            switch (next)
            {
                case (byte)'\n' when isQuoted:
                    throw Malformed();
                case (byte)'\n':
                    return Encoding.UTF8.GetString([.. value.Take(kept)]);
                case (byte)'#' or (byte)';' when !isQuoted:
                    SkipLine();
                    return Encoding.UTF8.GetString([.. value.Take(kept)]);
                case var space when IsSpace(space) && !isQuoted:
                    // At both ends it does not count.
                    if (value.Count > 0)
                    {
                        value.Add(space);
                    }

                    continue;
                case (byte)'"':
                    isQuoted = !isQuoted;
                    kept = value.Count;
                    continue;
                case (byte)'\\':
                    next = Read();
                    if (next == '\n')
                    {
                        continue;
                    }

                    value.Add(Unescaped(next));
                    break;
                default:
                    value.Add(next);
                    break;
            }

            kept = value.Count;
        }
    }

    private byte Unescaped(byte next) =>
        next switch
        {
            (byte)'t' => (byte)'\t',
            (byte)'b' => (byte)'\b',
            (byte)'n' => (byte)'\n',
            (byte)'\\' or (byte)'"' => next,
            _ => throw Malformed(),
        };

    /// <summary>The next byte; a line end of DOS is one, and so is the end of the file.</summary>
    private byte Read()
    {
        if (_at >= content.Length)
        {
            _isAtEnd = true;
            return (byte)'\n';
        }

        var next = content.Span[_at++];
        if (next == '\r' && _at < content.Length && content.Span[_at] == '\n')
        {
            _at++;
            next = (byte)'\n';
        }

        _line += next == '\n' ? 1 : 0;
        return next;
    }

    private static bool IsSpace(byte next) => next is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r';

    private static bool IsOfKey(byte next) => char.IsAsciiLetterOrDigit((char)next) || next == '-';

    private InvalidDataException Malformed() =>
        new(string.Create(CultureInfo.InvariantCulture, $"line {Math.Max(1, _line - (_at > 0 && content.Span[_at - 1] == '\n' ? 1 : 0))}"));
}

namespace CodeRepoOperator.GitWorker.Checkout.Attributes;

/// <summary>
/// A pattern with wildcards, as git's wildmatch.c understands it. Which positions of a text can be reached is kept for all at
/// once, so a pattern takes at most its own length times the text's, where git's recursion may take for ever.
/// </summary>
internal sealed class Glob
{
    private const byte Slash = (byte)'/';
    private const int LongestOnStack = 512;

    // A comparison that ends at once takes as long as some bytes.
    private const int CostOfOne = 5;

    private readonly byte[] _start;
    private readonly GlobToken[] _middle;
    private readonly byte[] _end;

    private Glob(byte[] start, List<GlobToken> tokens)
    {
        var end = tokens.FindLastIndex(token => token.Kind != GlobTokenKind.Literal) + 1;
        _start = start;
        _middle = [.. tokens[..end]];
        _end = [.. tokens[end..].Select(token => token.Literal)];
    }

    /// <summary>The only text that it matches; null: there are others.</summary>
    public byte[]? Literal => _middle.Length == 0 ? [.. _start, .. _end] : null;

    /// <summary>What every text that it matches ends with, if all else is a single asterisk; null: it has more to it.</summary>
    public byte[]? LiteralEnd => _start.Length == 0 && _middle is [{ Kind: GlobTokenKind.Anything }] ? _end : null;

    /// <param name="pattern">Without a slash at its end.</param>
    /// <param name="ofPath">Whether it is compared with a path, whose slashes only <c>**</c> matches, or with a name, which has
    /// none.</param>
    /// <returns>Null: it matches nothing.</returns>
    public static Glob? Read(ReadOnlySpan<byte> pattern, bool ofPath)
    {
        // git compares what is before the first wildcard by itself, and takes what is behind for a pattern of its own: a**/b is a, and
        // then **/b.
        var start = ofPath && pattern.IndexOfAny("*?[\\"u8) is >= 0 and var wildcard ? pattern[..wildcard] : [];
        var tokens = new List<GlobToken>();
        var previous = Slash;
        var rest = pattern[start.Length..];
        while (!rest.IsEmpty)
        {
            var before = rest;
            if (ReadToken(ref rest, previous, ofPath) is not { } token)
            {
                return null;
            }

            tokens.Add(token);
            previous = before[before.Length - rest.Length - 1];
        }

        return new Glob(start.ToArray(), tokens);
    }

    /// <summary>Whether it matches a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="work">Grows by what this took: about one for each byte that was compared.</param>
    public bool Matches(ReadOnlySpan<byte> text, ref long work)
    {
        work += CostOfOne;
        if (text.Length < _start.Length + _end.Length || !text.StartsWith(_start) || !text.EndsWith(_end))
        {
            return false;
        }

        var middle = text[_start.Length..^_end.Length];
        work += middle.Length;
        return _middle switch
        {
            [] => middle.IsEmpty,
            [{ Kind: GlobTokenKind.Anything }] => true,
            [{ Kind: GlobTokenKind.InDirectory }] => !middle.Contains(Slash),
            [{ Kind: GlobTokenKind.Directories }] => middle is [] or [.., Slash],
            _ => MatchesMiddle(middle, ref work),
        };
    }

    private static GlobToken? ReadToken(ref ReadOnlySpan<byte> text, byte previous, bool ofPath)
    {
        var first = text[0];
        text = text[1..];
        switch (first)
        {
            case (byte)'\\':
                if (text.IsEmpty)
                {
                    return null;
                }

                first = text[0];
                text = text[1..];
                return new GlobToken(GlobTokenKind.Literal, first);
            case (byte)'?':
                var any = new ByteSet();
                any.Invert();
                return OneOf(any, ofPath);
            case (byte)'[':
                return BracketExpression.Read(ref text) is { } set ? OneOf(set, ofPath) : null;
            case (byte)'*':
                return ReadAsterisks(ref text, previous, ofPath);
            default:
                return new GlobToken(GlobTokenKind.Literal, first);
        }
    }

    private static GlobToken OneOf(ByteSet set, bool ofPath)
    {
        if (ofPath)
        {
            set.Remove(Slash);
        }

        return new GlobToken(GlobTokenKind.OneOf, Set: set);
    }

    private static GlobToken ReadAsterisks(ref ReadOnlySpan<byte> text, byte previous, bool ofPath)
    {
        var several = text is [(byte)'*', ..];
        text = text.TrimStart((byte)'*');
        if (!ofPath)
        {
            return new GlobToken(GlobTokenKind.Anything);
        }

        // Between other characters, several are like one.
        if (!several || previous != Slash || text is not ([] or [Slash, ..] or [(byte)'\\', Slash, ..]))
        {
            return new GlobToken(GlobTokenKind.InDirectory);
        }

        if (text is not [Slash, ..])
        {
            return new GlobToken(GlobTokenKind.Anything);
        }

        text = text[1..];
        return new GlobToken(GlobTokenKind.Directories);
    }

    private bool MatchesMiddle(ReadOnlySpan<byte> text, ref long work)
    {
        // Which positions the pattern up to here may end at: true only from low to high.
        var reached = text.Length < LongestOnStack ? stackalloc bool[LongestOnStack] : new bool[text.Length + 1];
        reached[0] = true;
        var (low, high) = (0, 0);
        foreach (var token in _middle)
        {
            switch (token.Kind)
            {
                case GlobTokenKind.Literal or GlobTokenKind.OneOf:
                    Step(token, text, reached, ref low, ref high);
                    break;
                case GlobTokenKind.Anything:
                    reached[low..(text.Length + 1)].Fill(value: true);
                    high = text.Length;
                    break;
                case GlobTokenKind.InDirectory:
                    for (var i = low; i < text.Length; i++)
                    {
                        reached[i + 1] |= reached[i] && text[i] != Slash;
                        high = reached[i + 1] ? Math.Max(high, i + 1) : high;
                    }

                    break;
                default:
                    for (var i = low; i < text.Length; i++)
                    {
                        reached[i + 1] |= text[i] == Slash;
                        high = reached[i + 1] ? Math.Max(high, i + 1) : high;
                    }

                    break;
            }

            work += 1 + text.Length - low;
            if (low > high)
            {
                return false;
            }
        }

        return reached[text.Length];
    }

    private static void Step(GlobToken token, ReadOnlySpan<byte> text, Span<bool> reached, ref int low, ref int high)
    {
        var (newLow, newHigh) = (text.Length + 1, -1);
        if (high == text.Length)
        {
            reached[high] = false;
            high--;
        }

        for (var i = high; i >= low; i--)
        {
            var goesOn = reached[i] && (token.Set is { } set ? set.Contains(text[i]) : text[i] == token.Literal);
            reached[i] = false;
            reached[i + 1] = goesOn;
            if (goesOn)
            {
                newLow = i + 1;
                newHigh = Math.Max(newHigh, i + 1);
            }
        }

        (low, high) = (newLow, newHigh);
    }
}

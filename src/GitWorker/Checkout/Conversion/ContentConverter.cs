using CodeRepoOperator.GitWorker.Checkout.Attributes;
using CodeRepoOperator.GitWorker.Git;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.GitWorker.Checkout.Conversion;

/// <summary>
/// Makes of a blob what git would write at a checkout: first <c>$Id$</c>, then line ends, then the encoding. Of one thread.
/// </summary>
internal sealed class ContentConverter
{
    private readonly ContentBuffer _expanded = new();
    private readonly ContentBuffer _withLineEnds = new();
    private readonly ContentBuffer _encoded = new();

    /// <param name="content">As it was committed.</param>
    /// <param name="blob">Its name.</param>
    /// <param name="conversion">What its attributes ask for.</param>
    /// <param name="isEncoded">False: it should have got an encoding that it can't have, and stays UTF-8, as git leaves it too.</param>
    /// <returns>What is to be written; until the next call.</returns>
    /// <exception cref="RemoteFailureException">It becomes too large.</exception>
    public ReadOnlySpan<byte> Convert(ReadOnlySpan<byte> content, ObjectId blob, FileConversion conversion, out bool isEncoded)
    {
        if (conversion.Ident && IdentKeyword.MayBeIn(content))
        {
            content = ExpandIdent(content, blob, conversion.IsStreamed);
        }

        if (conversion.LineEnds is LineEndConversion.CrLf or LineEndConversion.CrLfIfText)
        {
            content = ConvertLineEnds(content, conversion.LineEnds);
        }

        isEncoded = true;
        if (conversion.Encoding is { } encoding && !content.IsEmpty)
        {
            isEncoded = WorkingTreeEncoding.Find(encoding) is { } known && known.TryEncode(content, _encoded);
            content = isEncoded ? _encoded.Content : content;
        }

        return content;
    }

    private ReadOnlySpan<byte> ExpandIdent(ReadOnlySpan<byte> content, ObjectId blob, bool streamed)
    {
        _expanded.Clear(content.Length);
        if (streamed)
        {
            IdentKeyword.ExpandStreamed(content, blob, _expanded);
        }
        else
        {
            IdentKeyword.Expand(content, blob, _expanded);
        }

        return _expanded.Content;
    }

    private ReadOnlySpan<byte> ConvertLineEnds(ReadOnlySpan<byte> content, LineEndConversion kind)
    {
        var statistics = TextStatistics.Of(content);
        if (
            statistics.LoneLf == 0
            || (kind == LineEndConversion.CrLfIfText && (statistics.LoneCr > 0 || statistics.CrLf > 0 || statistics.IsBinary))
        )
        {
            return content;
        }

        _withLineEnds.Clear((int)Math.Min(content.Length + statistics.LoneLf, Array.MaxLength));
        while (content.IndexOf((byte)'\n') is >= 0 and var end)
        {
            var line = content[..end];
            _withLineEnds.Append(line);
            _withLineEnds.Append(line is [.., (byte)'\r'] ? "\n"u8 : "\r\n"u8);
            content = content[(end + 1)..];
        }

        _withLineEnds.Append(content);
        return _withLineEnds.Content;
    }
}

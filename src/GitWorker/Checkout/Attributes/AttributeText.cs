namespace CodeRepoOperator.GitWorker.Checkout.Attributes;

/// <summary>Goes through a <c>.gitattributes</c> file line by line.</summary>
/// <param name="text">The file.</param>
/// <param name="atRoot">Whether it is the one that may define macros.</param>
internal ref struct AttributeText(ReadOnlySpan<byte> text, bool atRoot)
{
    // ATTR_MAX_FILE_SIZE of git 2.39 and later: a larger one is passed over. It ends at its first NUL.
    private const int MaximumLength = (100 * 1024 * 1024) - 1;

    private ReadOnlySpan<byte> _rest =
        text.Length > MaximumLength ? []
        : text.IndexOf((byte)0) is >= 0 and var end ? text[..end]
        : text;

    /// <summary>The line that was read last.</summary>
    public AttributeLine Current { get; private set; } = null!;

    /// <summary>Goes to the next line that says something.</summary>
    public bool MoveNext()
    {
        while (!_rest.IsEmpty)
        {
            var end = _rest.IndexOf((byte)'\n');
            var line = AttributeLine.Read(end < 0 ? _rest : _rest[..end], atRoot);
            _rest = end < 0 ? [] : _rest[(end + 1)..];
            if (line is not null)
            {
                Current = line;
                return true;
            }
        }

        return false;
    }
}

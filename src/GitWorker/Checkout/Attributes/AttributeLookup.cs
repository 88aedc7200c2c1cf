using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.GitWorker.Checkout.Attributes;

/// <summary>Finds out what a checkout has to do with the content of a file. Of one thread.</summary>
internal sealed class AttributeLookup(AttributeTable table, AttributeBudget budget)
{
    private readonly AttributeValues _values = new(table);

    /// <summary>What the attributes of a file ask for.</summary>
    /// <param name="directory">Those of its directory.</param>
    /// <param name="path">From the root.</param>
    /// <param name="nameStart">Where in the path its own name begins.</param>
    /// <exception cref="RemoteFailureException">All look-ups together take too much work.</exception>
    public FileConversion ConversionOf(DirectoryAttributes directory, ReadOnlySpan<byte> path, int nameStart)
    {
        _values.Clear();
        for (var next = directory; next is not null && !_values.AreComplete; next = next.Above)
        {
            next.Rules.Fill(path[next.PathStart..], path[nameStart..], _values);
        }

        budget.Spend(_values.Work);
        return FileConversion.Of(
            _values[AttributeTable.Text],
            _values[AttributeTable.Crlf],
            _values[AttributeTable.Eol],
            _values[AttributeTable.Ident],
            _values[AttributeTable.WorkingTreeEncoding]
        ) with
        {
            IsLfs = _values[AttributeTable.Filter].Is(FileConversion.Lfs),
        };
    }
}

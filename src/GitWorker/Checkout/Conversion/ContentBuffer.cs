using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.GitWorker.Checkout.Conversion;

/// <summary>Converted content, in memory that is used again for the next file unless it is large.</summary>
internal sealed class ContentBuffer
{
    private const int Kept = 1024 * 1024;

    private byte[] _bytes = [];
    private int _length;

    public ReadOnlySpan<byte> Content => _bytes.AsSpan(0, _length);

    /// <summary>Begins with another file.</summary>
    /// <param name="expected">How long it is likely to become.</param>
    public void Clear(int expected)
    {
        _length = 0;
        if (_bytes.Length < expected || (_bytes.Length > Kept && expected <= Kept))
        {
            _bytes = new byte[expected];
        }
    }

    /// <exception cref="RemoteFailureException">It becomes larger than a span can be.</exception>
    public void Append(ReadOnlySpan<byte> content)
    {
        content.CopyTo(Reserve(content.Length));
        _length += content.Length;
    }

    /// <summary>Gives room for so many bytes, of which <see cref="Advance"/> takes those that were written.</summary>
    /// <exception cref="RemoteFailureException">It becomes larger than a span can be.</exception>
    public Span<byte> Reserve(int more)
    {
        var desired = (long)_length + more;
        if (desired > _bytes.Length)
        {
            if (desired > Array.MaxLength)
            {
                throw new RemoteFailureException(
                    Reasons.TooLarge,
                    $"A file takes more than {Array.MaxLength} bytes once it is converted as .gitattributes says: change its attributes "
                        + "on the branch, or choose another branch by spec.branch."
                );
            }

            Array.Resize(ref _bytes, (int)Math.Min(Math.Max(desired, 2L * _bytes.Length), Array.MaxLength));
        }

        return _bytes.AsSpan(_length);
    }

    public void Advance(int written) => _length += written;
}

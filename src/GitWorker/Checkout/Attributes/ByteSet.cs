namespace CodeRepoOperator.GitWorker.Checkout.Attributes;

/// <summary>Any number of the 256 bytes.</summary>
internal sealed class ByteSet
{
    private readonly bool[] _has = new bool[byte.MaxValue + 1];

    public bool Contains(byte value) => _has[value];

    public void Add(byte value) => _has[value] = true;

    public void Remove(byte value) => _has[value] = false;

    /// <summary>Adds all from one to another, both with them; none when they are the wrong way round.</summary>
    public void AddRange(int first, int last)
    {
        for (var value = first; value <= last; value++)
        {
            _has[value] = true;
        }
    }

    public void Add(Func<byte, bool> isMember)
    {
        for (var value = 0; value < _has.Length; value++)
        {
            _has[value] |= isMember((byte)value);
        }
    }

    /// <summary>All others in place of those that are in it.</summary>
    public void Invert()
    {
        for (var value = 0; value < _has.Length; value++)
        {
            _has[value] = !_has[value];
        }
    }
}

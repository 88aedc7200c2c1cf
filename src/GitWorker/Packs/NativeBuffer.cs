using System.Runtime.InteropServices;

namespace CodeRepoOperator.GitWorker.Packs;

/// <summary>Bytes outside the collector's heap, as many as memory has: an object of git may be larger than an array.</summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    private byte* _data;
    private nuint _capacity;

    /// <summary>How many bytes are in use.</summary>
    public nuint Length { get; set; }

    /// <summary>Where they start.</summary>
    public byte* Data => _data;

    /// <summary>How many bytes there is room for beyond those in use.</summary>
    public nuint Free => _capacity - Length;

    /// <summary>Makes room for so many bytes in all.</summary>
    /// <exception cref="OutOfMemoryException">There is not so much.</exception>
    public void Reserve(nuint capacity)
    {
        if (capacity > _capacity || _data is null)
        {
            _data = (byte*)NativeMemory.Realloc(_data, capacity);
            _capacity = capacity;
        }
    }

    public void Dispose()
    {
        NativeMemory.Free(_data);
        _data = null;
        (_capacity, Length) = (0, 0);
    }
}

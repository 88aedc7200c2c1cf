using CodeRepoOperator.GitWorker.Git;

namespace CodeRepoOperator.GitWorker.Packs;

public sealed unsafe class ObjectNamerTests : IDisposable
{
    private readonly List<PackEntry> _entries = [];
    private readonly NativeBuffer _content = new();

    [Theory]
    [InlineData(0, 0)]
    [InlineData(3, 0)]
    [InlineData(20_000, 1)]
    [InlineData(300, 20_000)]
    [InlineData(30, 500_000)]
    [InlineData(9, 600_000)]
    public void Each_entry_gets_its_own_name(int count, int length)
    {
        using var namer = new ObjectNamer(_entries, NameOf);
        for (var i = 0; i < count; i++)
        {
            Add(namer, i, length);
        }

        namer.Settle();
        Assert.Equal(Enumerable.Range(0, count), Enumerable.Range(0, count).Select(NumberOf));

        // As when the deltas of a pack come after what it holds whole.
        Add(namer, count, length);
        namer.Settle();
        Assert.Equal(count, NumberOf(count));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(200)]
    public void What_the_hash_refuses_is_said_to_who_unpacks(int count)
    {
        using var namer = new ObjectNamer(_entries, (_, _, _) => throw new LibGit2Exception(0, "a forgery"));
        var error = Record.Exception(() =>
        {
            for (var i = 0; i < count; i++)
            {
                Add(namer, i, 100_000);
            }

            namer.Settle();
        });

        Assert.Equal("a forgery", Assert.IsType<LibGit2Exception>(error).Message);
    }

    public void Dispose() => _content.Dispose();

    private void Add(ObjectNamer namer, int number, int length)
    {
        _entries.Add(new PackEntry { Kind = ObjectKind.Blob });
        _content.Reserve((nuint)Math.Max(length, sizeof(int)));
        _content.Length = (nuint)Math.Max(length, sizeof(int));
        *(int*)_content.Data = number;
        namer.Add(number, _content);
    }

    private int NumberOf(int entry)
    {
        var name = _entries[entry].Id;
        return BitConverter.ToInt32(name);
    }

    /// <summary>Stands for a hash.</summary>
    private static ObjectId NameOf(ObjectKind kind, byte* content, nuint length)
    {
        var name = default(ObjectId);
        new ReadOnlySpan<byte>(content, sizeof(int)).CopyTo(name);
        return name;
    }
}

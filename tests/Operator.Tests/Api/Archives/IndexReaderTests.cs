using System.Text;
using CodeRepoOperator.GitWorker.Checkout;
using CodeRepoOperator.GitWorker.Git;

namespace CodeRepoOperator.Api.Archives;

public sealed class IndexReaderTests : IDisposable
{
    private const string EmptyBlob = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
    private const string SomeBlob = "257cc5642cb1a054f08cc83f2d943e56fd3ebe99";

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"coderepo-index-{Guid.NewGuid():n}");

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5000)]
    public void It_reads_what_the_checkout_wrote(int count)
    {
        // Of all lengths, for their padding and for the edges of what is read at once.
        var names = Enumerable.Range(0, count).Select(i => $"{i:00000}/{new string('x', i % 300)}").ToList();
        IndexFile.Write(_path, [.. names.Select((name, i) => Entry(name, TreeFile.Executable, (uint)i))]);

        var read = ReadAll();
        Assert.Equal(names, read.Select(file => Encoding.UTF8.GetString(file.Path)));
        Assert.Equal(Enumerable.Range(0, count), read.Select(file => (int)file.Size));
        Assert.All(read, file => Assert.Equal((true, false, false, SomeBlob), (file.IsExecutable, file.IsLink, file.IsSubmodule, Convert.ToHexStringLower(file.Id))));
    }

    [Fact]
    public void An_entry_says_what_it_is_and_where()
    {
        IndexFile.Write(_path, [Entry("a/b/link", TreeFile.SymbolicLink, 1), Entry("module", TreeFile.Submodule, 0)]);
        var read = ReadAll();
        Assert.True(read[0].IsLink);
        Assert.Equal(("a/b", "link"), (Encoding.UTF8.GetString(read[0].Folder), Encoding.UTF8.GetString(read[0].Name)));
        Assert.True(read[1].IsSubmodule);
        Assert.Equal(("", "module"), (Encoding.UTF8.GetString(read[1].Folder), Encoding.UTF8.GetString(read[1].Name)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(11)]
    [InlineData(40)]
    [InlineData(150)]
    public void One_that_was_cut_short_is_refused(int length)
    {
        IndexFile.Write(_path, [Entry("one", TreeFile.Regular, 1), Entry("two", TreeFile.Regular, 2), Entry("three", TreeFile.Regular, 2)]);
        File.WriteAllBytes(_path, File.ReadAllBytes(_path)[..length]);
        Assert.Throws<InvalidDataException>(ReadAll);
    }

    [Fact]
    public void One_of_another_version_is_refused()
    {
        File.WriteAllBytes(_path, [.. "DIRC\0\0\0\u0004"u8, .. new byte[100]]);
        Assert.Throws<InvalidDataException>(ReadAll);
    }

    [Theory]
    [InlineData(SomeBlob, 5u, 5, true)]
    [InlineData(SomeBlob, 5u, 4, false)]
    [InlineData(SomeBlob, 0u, 4, true)]
    [InlineData(EmptyBlob, 0u, 4, false)]
    [InlineData(EmptyBlob, 0u, 0, true)]
    [InlineData(SomeBlob, 1u, 0x1_0000_0001, true)]
    public void A_size_is_compared_as_git_does(string blob, uint noted, ulong size, bool same)
        => Assert.Equal(same, new IndexedFile([1], TreeFile.Regular, Convert.FromHexString(blob), noted).HasSize(size));

    private List<IndexedFile> ReadAll()
    {
        using var reader = new IndexReader(File.OpenHandle(_path));
        var files = new List<IndexedFile>();
        while (reader.Next() is { } file)
        {
            files.Add(file);
        }

        return files;
    }

    private static TreeFile Entry(string path, uint mode, uint size)
    {
        var bytes = Encoding.UTF8.GetBytes(path);
        return new TreeFile(bytes, 0, mode, ObjectId.Parse(SomeBlob)) { Stat = new IndexStat { Size = size } };
    }
}

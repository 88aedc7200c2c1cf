using System.Text;
using CodeRepoOperator.GitWorker.Checkout;
using CodeRepoOperator.GitWorker.Git;

namespace CodeRepoOperator.Remotes.GitFiles;

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
        Write([.. names.Select((name, i) => Entry(name, TreeFile.Executable, (uint)i))]);

        var read = ReadAll();
        Assert.Equal(names, read.Select(file => Encoding.UTF8.GetString(file.Path)));
        Assert.Equal(Enumerable.Range(0, count), read.Select(file => (int)file.Stat.Size));
        Assert.All(read, file =>
            Assert.Equal(
                (true, false, false, SomeBlob),
                (file.IsExecutable, file.IsLink, file.IsSubmodule, Convert.ToHexStringLower(file.Id))
            )
        );
    }

    [Fact]
    public void An_entry_says_what_it_is_and_where()
    {
        Write([Entry("a/b/link", TreeFile.SymbolicLink, 1), Entry("module", TreeFile.Submodule, 0)]);
        var read = ReadAll();
        Assert.True(read[0].IsLink);
        Assert.Equal(("a/b", "link"), (Encoding.UTF8.GetString(read[0].Directory), Encoding.UTF8.GetString(read[0].Name)));
        Assert.True(read[1].IsSubmodule);
        Assert.Equal(("", "module"), (Encoding.UTF8.GetString(read[1].Directory), Encoding.UTF8.GetString(read[1].Name)));
    }

    [Fact]
    public void What_a_sparse_clone_skips_is_marked_and_has_the_same_entry_otherwise()
    {
        var names = Enumerable.Range(0, 700).Select(i => $"{i:00000}/{new string('x', i % 300)}").ToList();
        Write([
            .. names.Select((name, i) => Entry(name, TreeFile.Executable, 1)).Select((file, i) => file with { IsSkipped = i % 3 == 1 }),
        ]);

        var read = ReadAll();
        Assert.Equal(3, File.ReadAllBytes(_path)[IndexFormat.VersionOffset + 3]);
        Assert.Equal(names, read.Select(file => Encoding.UTF8.GetString(file.Path)));
        Assert.Equal(Enumerable.Range(0, 700).Select(i => i % 3 == 1), read.Select(file => file.IsSkipped));
        Assert.All(read, file =>
            Assert.Equal((true, SomeBlob, file.IsSkipped ? 0u : 1u), (file.IsExecutable, Convert.ToHexStringLower(file.Id), file.Stat.Size))
        );
    }

    [Theory]
    [InlineData(0)]
    [InlineData(11)]
    [InlineData(40)]
    [InlineData(150)]
    public void One_that_was_cut_short_is_refused(int length)
    {
        Write([Entry("one", TreeFile.Regular, 1), Entry("two", TreeFile.Regular, 2), Entry("three", TreeFile.Regular, 2)]);
        File.WriteAllBytes(_path, File.ReadAllBytes(_path)[..length]);
        Assert.Throws<InvalidDataException>(ReadAll);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void One_of_another_version_is_refused(byte version)
    {
        File.WriteAllBytes(_path, Index(version));
        Assert.Throws<InvalidDataException>(ReadAll);
    }

    public static TheoryData<string, byte[], string?> Indexes =>
        new()
        {
            // Padded with 1 to 8 NULs to a multiple of 8: 62 bytes, and 64 with extended flags, come before the path.
            { "none", Index(2), "" },
            { "version 2", Index(2, Bytes(0, "a\0"u8), Bytes(0, "ab\0\0\0\0\0\0\0\0"u8), Bytes(0, "b\0"u8)), "a ab b" },
            { "version 3 without extended flags", Index(3, Bytes(0, "a\0"u8), Bytes(0, "b\0"u8)), "a b" },
            { "version 3", Index(3, Bytes(0x4000, "\u0040\0a\0\0\0\0\0\0\0"u8), Bytes(0, "b\0"u8)), "a b" },
            {
                "version 4",
                Index(4, Bytes(0, "\0src/one\0"u8), Bytes(0, "\u0003two\0"u8), Bytes(0x4000, "\0\0\u0007t\0"u8)),
                "src/one src/two t"
            },
            { "extended flags in version 2", Index(2, Bytes(0x4000, "\0\0a\0\0\0\0\0\0\0"u8)), null },
            { "more left out than there is", Index(4, Bytes(0, "\u0001a\0"u8)), null },
            {
                "far more left out than there is",
                Index(4, [.. Bytes(0, []), .. Enumerable.Repeat((byte)0xFF, 40), 0x7F, (byte)'a', 0]),
                null
            },
            { "no path", Index(2, Bytes(0, "\0\0"u8)), null },
            { "no path in version 4", Index(4, Bytes(0, "\0\0"u8)), null },
            { "a cache of git's", Index(2, Bytes(0, "a\0"u8), Extension("TREE", 40), Extension("UNTR", 0)), "a" },
            { "split", Index(2, Bytes(0, "a\0"u8), Extension("link", 20)), null },
            { "split, all in the other part", Index(2, Extension("link", 20)), null },
            { "sparse", Index(2, Bytes(0, "a\0"u8), Extension("TREE", 10), Extension("sdir", 0)), null },
            { "an extension that is cut short", Index(2, Bytes(0, "a\0"u8), Extension("TREE", 40)[..30]), null },
            { "bytes that are no extension", Index(2, Bytes(0, "a\0"u8), [(byte)'A']), null },
        };

    [Theory]
    [MemberData(nameof(Indexes), DisableDiscoveryEnumeration = true)]
    public void What_git_may_write_is_read_and_nothing_is_left_out_in_silence(string index, byte[] bytes, string? paths)
    {
        File.WriteAllBytes(_path, bytes);
        if (paths is null)
        {
            Assert.Throws<InvalidDataException>(ReadAll);
            return;
        }

        var read = ReadAll();
        Assert.True(paths == string.Join(' ', read.Select(entry => Encoding.UTF8.GetString(entry.Path))), index);
        var stat = new IndexStat
        {
            Changed = new(1, 2),
            Modified = new(3, 4),
            Device = 5,
            Inode = 6,
            User = 7,
            Group = 8,
            Size = 9,
        };
        Assert.All(read, entry => Assert.Equal((TreeFile.Regular, 0, stat), (entry.Mode, entry.Stage, entry.Stat)));
    }

    [Fact]
    public void A_conflict_is_reported_by_the_stage()
    {
        File.WriteAllBytes(_path, Index(2, Bytes(0x1000, "a\0"u8), Bytes(0x3000, "a\0"u8)));
        Assert.Equal([1, 3], ReadAll().Select(entry => entry.Stage));
    }

    [Fact]
    public void The_number_of_entries_is_read_of_an_index_only()
    {
        File.WriteAllBytes(_path, Index(2, Bytes(0, "a\0"u8), Bytes(0, "b\0"u8)));
        using (var index = File.OpenHandle(_path))
        {
            Assert.Equal(2u, IndexReader.ReadCount(index));
        }

        File.WriteAllBytes(_path, Enumerable.Repeat((byte)0xFF, 32).ToArray());
        using var none = File.OpenHandle(_path);
        Assert.Throws<InvalidDataException>(() => IndexReader.ReadCount(none));
    }

    [Theory]
    [InlineData(SomeBlob, 5u, 5, true)]
    [InlineData(SomeBlob, 5u, 4, false)]
    [InlineData(SomeBlob, 0u, 4, true)]
    [InlineData(EmptyBlob, 0u, 4, false)]
    [InlineData(EmptyBlob, 0u, 0, true)]
    [InlineData(SomeBlob, 1u, 0x1_0000_0001, true)]
    public void A_size_is_compared_as_git_does(string blob, uint noted, ulong size, bool same)
    {
        var entry = new IndexEntry([1], TreeFile.Regular, Convert.FromHexString(blob), new IndexStat { Size = noted }, 0);
        Assert.Equal(same, entry.HasSize(size));
    }

    private List<IndexEntry> ReadAll()
    {
        using var reader = new IndexReader(File.OpenHandle(_path));
        return [.. reader.ReadAll()];
    }

    private void Write(IReadOnlyList<TreeFile> files)
    {
        using var writer = new IndexWriter(_path, files.Count, files.Any(file => file.IsSkipped));
        foreach (var file in files)
        {
            var id = file.Id;
            if (file.IsSkipped)
            {
                writer.AddSkipped(file.Path, file.Mode, id);
            }
            else
            {
                writer.Add(file.Path, file.Mode, id, file.Stat);
            }
        }

        writer.Finish();
    }

    private static byte[] Number(uint number) => [(byte)(number >> 24), (byte)(number >> 16), (byte)(number >> 8), (byte)number];

    private static byte[] Index(byte version, params byte[][] parts) =>
        [
            .. "DIRC"u8,
            .. Number(version),
            .. Number((uint)parts.Count(part => part.Length > 60)),
            .. parts.SelectMany(part => part),
            .. new byte[20],
        ];

    /// <summary>An entry with its path, and what follows the flags before it.</summary>
    private static byte[] Bytes(ushort flags, ReadOnlySpan<byte> path) =>
        [
            .. Number(1),
            .. Number(2),
            .. Number(3),
            .. Number(4),
            .. Number(5),
            .. Number(6),
            .. Number(TreeFile.Regular),
            .. Number(7),
            .. Number(8),
            .. Number(9),
            .. Convert.FromHexString(SomeBlob),
            (byte)(flags >> 8),
            (byte)flags,
            .. path,
        ];

    private static byte[] Extension(string name, int length) =>
        [.. Encoding.ASCII.GetBytes(name), .. Number((uint)length), .. new byte[length]];

    private static TreeFile Entry(string path, uint mode, uint size)
    {
        var bytes = Encoding.UTF8.GetBytes(path);
        return new TreeFile(bytes, 0, mode, ObjectId.Parse(SomeBlob)) { Stat = new IndexStat { Size = size } };
    }
}

using CodeRepoOperator.Entities;
using CodeRepoOperator.GitWorker.Git;
using CodeRepoOperator.GitWorker.Limits;
using LibGit2Sharp;
using ObjectId = CodeRepoOperator.GitWorker.Git.ObjectId;

namespace CodeRepoOperator.GitWorker.Packs;

public sealed class BlobReaderTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("packs").FullName;

    public BlobReaderTests() => Repository.Init(_directory);

    private string Packs => GitDirectory.Of(_directory).Packs;

    [Fact]
    public void Blobs_of_all_lengths_are_read_from_the_largest_pack_and_what_is_none_is_left_to_others()
    {
        var contents = new[] { 0, 1, 15, 16, 4_000, 4_095, 4_096, 70_000, 3_000_000 }
            .Select(length =>
            {
                var content = new byte[length];
                new Random(length).NextBytes(content);
                return content;
            })
            .ToList();
        byte[] more = [.. contents[4], 1];
        var pack = new HandmadePack();
        contents.ForEach(content => pack.Whole(3, content));
        pack.Whole(2, [])
            .Whole(3, contents[1].Append((byte)7).ToArray())
            .DeltaTo(HandmadePack.NameOf(contents[4]), HandmadePack.Addition(4_000, [1]));
        Index(new HandmadePack().Whole(3, "small"u8.ToArray()).Bytes());
        Index(pack.Bytes());

        using var largest = LargestPack.In(Packs);
        using var reader = largest!.NewReader();
        for (var round = 0; round < 2; round++)
        {
            foreach (var content in contents)
            {
                Assert.True(reader.TryRead(NameOf(content), out var read));
                Assert.True(read.SequenceEqual(content));
            }
        }

        Assert.False(reader.TryRead(NameOf(more), out _));
        Assert.False(reader.TryRead(NameOf("small"u8.ToArray()), out _));
        Assert.False(reader.TryRead(ObjectId.Parse("4b825dc642cb6eb9a060e54bf8d69288fbee4904"), out _));
        Assert.False(reader.TryRead(ObjectId.Parse(new string('0', 40)), out _));
        Assert.False(reader.TryRead(ObjectId.Parse(new string('f', 40)), out _));
    }

    [Fact]
    public void Each_of_many_names_is_found()
    {
        const int Count = 2_000;
        var pack = new HandmadePack();
        for (var i = 0; i < Count; i++)
        {
            pack.Whole(3, BitConverter.GetBytes(i));
        }

        Index(pack.Bytes());

        using var largest = LargestPack.In(Packs);
        using var reader = largest!.NewReader();
        for (var i = 0; i < Count; i++)
        {
            Assert.True(reader.TryRead(NameOf(BitConverter.GetBytes(i)), out var read));
            Assert.Equal(i, BitConverter.ToInt32(read));
        }
    }

    [Fact]
    public void A_pack_that_was_changed_since_is_said_to_be_damaged()
    {
        byte[] content = [.. Enumerable.Range(0, 5_000).Select(i => (byte)(i * i >> 3))];
        Index(new HandmadePack().Whole(3, content).Bytes());
        Rewrite("*.pack", bytes =>
        {
            bytes.AsSpan(200, 64).Clear();
            return bytes;
        });

        using var largest = LargestPack.In(Packs);
        using var reader = largest!.NewReader();
        var error = Record.Exception(() => reader.TryRead(NameOf(content), out _));

        Assert.Equal(Reasons.TransferFailed, LocalFailure.Of(Assert.IsType<PackDamage>(error)).Reason);
    }

    [Theory]
    [InlineData(9)]
    [InlineData(1_000)]
    [InlineData(8 + (256 * 4))]
    [InlineData(8 + (256 * 4) + 20)]
    [InlineData(8 + (256 * 4) + 24)]
    public void So_is_one_whose_index_is_cut_short(int length)
    {
        Index(new HandmadePack().Whole(3, [1]).Bytes());
        Rewrite("*.idx", bytes => bytes[..length]);

        using var largest = LargestPack.In(Packs);
        using var reader = largest!.NewReader();

        Assert.IsType<PackDamage>(Record.Exception(() => reader.TryRead(NameOf([1]), out _)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void An_index_of_another_version_is_left_to_others(int changed)
    {
        Index(new HandmadePack().Whole(3, [1]).Bytes());
        Rewrite("*.idx", bytes => [.. bytes[..changed], (byte)(bytes[changed] ^ 1), .. bytes[(changed + 1)..]]);
        Assert.Null(LargestPack.In(Packs));

        Rewrite("*.idx", _ => []);
        Assert.Null(LargestPack.In(Packs));
    }

    [Fact]
    public void Without_a_pack_there_is_nothing_to_read() => Assert.Null(LargestPack.In(Packs));

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private void Rewrite(string pattern, Func<byte[], byte[]> change)
    {
        var file = Directory.GetFiles(Packs, pattern).Single();
        var bytes = change(File.ReadAllBytes(file));
        File.Delete(file);
        File.WriteAllBytes(file, bytes);
    }

    private static ObjectId NameOf(byte[] content) => HandmadePack.NameOf(content);

    private void Index(byte[] pack)
    {
        using var indexer = new PackIndexer(GitDirectory.Of(_directory).Objects, new CloneQuota(long.MaxValue));
        indexer.Append(pack);
        indexer.Commit();
    }
}

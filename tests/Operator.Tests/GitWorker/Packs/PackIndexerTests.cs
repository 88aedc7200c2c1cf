using System.Diagnostics;
using System.Text;
using CodeRepoOperator.Entities;
using CodeRepoOperator.GitWorker.Git;
using CodeRepoOperator.GitWorker.Limits;
using CodeRepoOperator.Remotes.Failures;
using LibGit2Sharp;
using ObjectId = CodeRepoOperator.GitWorker.Git.ObjectId;

namespace CodeRepoOperator.GitWorker.Packs;

public sealed class PackIndexerTests : IDisposable
{
    private static readonly byte[] Base = [.. Enumerable.Range(0, 300).Select(i => (byte)(i * 7))];

    private readonly string _directory = Directory.CreateTempSubdirectory("packs").FullName;

    public PackIndexerTests() => Repository.Init(_directory);

    public static TheoryData<string> LyingPacks => [.. Lies.Keys];

    private static Dictionary<string, Func<HandmadePack>> Lies { get; } =
        new(StringComparer.Ordinal)
        {
            ["a blob that declares 2^40 bytes and has 1"] = () => new HandmadePack().Whole(3, [1], 1UL << 40),
            ["a blob that declares more than it has"] = () => new HandmadePack().Whole(3, Base, 301),
            ["a blob that declares less than it has"] = () => new HandmadePack().Whole(3, Base, 299),
            ["a blob that declares 0 bytes and has 1"] = () => new HandmadePack().Whole(3, [1], 0),
            ["a tree that declares more than it has"] = () => new HandmadePack().Whole(2, [], 1),
            ["a commit that declares more than it has"] = () => new HandmadePack().Whole(1, Base, 1000),
            ["a delta that declares more than it has"] = () =>
                new HandmadePack().Whole(3, Base).DeltaBack(1, HandmadePack.Insertion(300, [1]), 1UL << 40),
            ["a delta that declares less than it has"] = () =>
                new HandmadePack().Whole(3, Base).DeltaBack(1, HandmadePack.Insertion(300, [1]), 1),
            ["a delta of another base's size"] = () => new HandmadePack().Whole(3, Base).DeltaBack(1, HandmadePack.Insertion(299, [1])),
            ["a delta that makes less than it says"] = () => new HandmadePack().Whole(3, Base).DeltaBack(1, [0xac, 2, 5, 1, 1]),
            ["a delta that makes more than it says"] = () => new HandmadePack().Whole(3, Base).DeltaBack(1, [0xac, 2, 1, 2, 1, 1]),
            ["a delta that copies from behind its base"] = () =>
                new HandmadePack().Whole(3, Base).DeltaBack(1, [0xac, 2, 2, 0x93, 0xff, 0xff, 2]),
            ["a delta that inserts more than it has"] = () => new HandmadePack().Whole(3, Base).DeltaBack(1, [0xac, 2, 5, 5, 1]),
            ["a delta with an operation that is none"] = () => new HandmadePack().Whole(3, Base).DeltaBack(1, [0xac, 2, 1, 0, 1, 1]),
            ["a delta with nothing in it"] = () => new HandmadePack().Whole(3, Base).DeltaBack(1, []),
            ["a delta to itself"] = () => new HandmadePack().Whole(3, Base).DeltaBackBytes(0, HandmadePack.Insertion(300, [1])),
            ["a delta to what is before the pack"] = () =>
                new HandmadePack().Whole(3, Base).DeltaBackBytes(1L << 40, HandmadePack.Insertion(300, [1])),
            ["a delta into the midst of an object"] = () =>
                new HandmadePack().Whole(3, Base).DeltaBackBytes(9, HandmadePack.Insertion(300, [1])),
            ["a delta to what is nowhere"] = () =>
                new HandmadePack().Whole(3, Base).DeltaTo(HandmadePack.NameOf([9]), HandmadePack.Insertion(300, [1])),
            ["an object twice"] = () => new HandmadePack().Whole(3, Base).Whole(3, Base),
            ["an object twice, once as a delta"] = () =>
                new HandmadePack().Whole(3, [1]).Whole(3, Base).DeltaBack(1, HandmadePack.Insertion(300, [1])),
            ["a kind that is none"] = () => new HandmadePack().Whole(5, Base),
            ["a size without an end"] = () => new HandmadePack().Raw([.. Enumerable.Repeat((byte)0xbf, 40)]),
            ["what is no zlib stream"] = () => new HandmadePack().Raw([0x31, .. Enumerable.Repeat((byte)0xee, 40)]),
            ["more objects than were announced"] = () =>
                new HandmadePack { Announced = 1 }
                    .Whole(3, Base)
                    .Whole(3, [1]),
            ["fewer objects than were announced"] = () =>
                new HandmadePack { Announced = 3 }
                    .Whole(3, Base)
                    .Whole(3, [1]),
            ["4 billion objects announced"] = () => new HandmadePack { Announced = uint.MaxValue }.Whole(3, Base),
            ["no object announced"] = () => new HandmadePack { Announced = 0 }.Whole(3, Base),
            ["something after the end"] = () => new HandmadePack { After = [0] }.Whole(3, Base),
            ["something between the last object and the checksum"] = () =>
                new HandmadePack { Announced = 1 }
                    .Whole(3, Base)
                    .Raw([0]),
            ["nothing at all"] = () => new HandmadePack { Announced = 1 },
            ["a chain of more deltas than git ever makes"] = () => Chain(PackContents.MaximumDepth + 1),
            ["the same, the last first"] = () => Chain(PackContents.MaximumDepth + 1).Reversed(),
        };

    [Theory]
    [MemberData(nameof(LyingPacks))]
    public void A_pack_is_refused_with(string lie)
    {
        var pack = Lies[lie]().Bytes();
        var error = Record.Exception(() => Index(pack, 4096));

        Assert.IsType<PackDamage>(error);
        Assert.Equal(Reasons.TransferFailed, LocalFailure.Of(error).Reason);
        Assert.Empty(Directory.EnumerateFiles(Packs));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    public void All_objects_can_be_read_however_a_pack_is_cut_into_pieces(int piece)
    {
        byte[] large = [.. Enumerable.Range(0, 100_000).Select(i => (byte)(i * i >> 5))];
        byte[] more = [.. Base, 1, 2, 3];
        byte[] most = [.. more, 4];
        var pack = new HandmadePack()
            .DeltaTo(HandmadePack.NameOf(more), HandmadePack.Addition(303, [4]))
            .Whole(3, [])
            .Whole(3, Base)
            .DeltaBack(1, HandmadePack.Addition(300, [1, 2, 3]))
            .Whole(3, large)
            .DeltaBack(1, HandmadePack.Insertion(100_000, [9]));
        Index(pack.Bytes(), piece);

        using var repository = new Repository(_directory);
        foreach (var content in new[] { [], Base, more, most, large, [9] })
        {
            Assert.Equal(content, Read(repository, HandmadePack.NameOf(content)));
        }
    }

    [Fact]
    public void A_thin_pack_of_many_is_completed()
    {
        const int Count = 3_000;
        var seed = new HandmadePack();
        var thin = new HandmadePack();
        for (var i = 0; i < Count; i++)
        {
            var content = Encoding.ASCII.GetBytes($"{i} before");
            seed.Whole(3, content);
            thin.DeltaTo(HandmadePack.NameOf(content), HandmadePack.Addition(content.Length, "!"u8.ToArray()));
        }

        Index(seed.Bytes(), 4096);
        Index(thin.Bytes(), 4096);

        using var repository = new Repository(_directory);
        Assert.Equal("2999 before!"u8.ToArray(), Read(repository, HandmadePack.NameOf("2999 before!"u8.ToArray())));
        Assert.Equal(3 * Count, repository.ObjectDatabase.Count());
    }

    [Fact]
    public void A_base_that_is_elsewhere_and_comes_as_a_delta_too_does_no_harm()
    {
        byte[] more = [.. Base, 1];
        byte[] most = [.. more, 2];
        Index(new HandmadePack().Whole(3, Base).Whole(3, more).Bytes(), 4096);
        Index(
            new HandmadePack()
                .DeltaTo(HandmadePack.NameOf(more), HandmadePack.Addition(301, [2]))
                .DeltaTo(HandmadePack.NameOf(Base), HandmadePack.Addition(300, [1]))
                .Bytes(),
            4096
        );

        using var repository = new Repository(_directory);
        Assert.Equal(most, Read(repository, HandmadePack.NameOf(most)));
        Assert.Equal(more, Read(repository, HandmadePack.NameOf(more)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_chain_of_deltas_takes_no_longer_than_its_length(bool reversed)
    {
        const int Depth = 8_000;
        var chain = reversed ? Chain(Depth).Reversed() : Chain(Depth);
        var (bytes, started) = (chain.Bytes(), Stopwatch.GetTimestamp());
        Index(bytes, 4096);

        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(30));
        using var repository = new Repository(_directory);
        Assert.Equal("7999 of the chain"u8.ToArray(), Read(repository, HandmadePack.NameOf("7999 of the chain"u8.ToArray())));
    }

    [Fact]
    public void Deltas_to_one_another_in_a_circle_are_refused()
    {
        var (one, other) = (HandmadePack.NameOf([1]), HandmadePack.NameOf([2]));
        var pack = new HandmadePack().DeltaTo(one, HandmadePack.Insertion(1, [2])).DeltaTo(other, HandmadePack.Insertion(1, [1]));
        Assert.Throws<PackDamage>(() => Index(pack.Bytes(), 4096));
    }

    [Fact]
    public void What_completes_a_thin_pack_counts()
    {
        byte[] noise = [.. Enumerable.Range(0, 200_000).Select(i => (byte)((i * 2654435761L) >> 13))];
        Index(new HandmadePack().Whole(3, noise).Bytes(), 4096);
        var thin = new HandmadePack().DeltaTo(HandmadePack.NameOf(noise), HandmadePack.Insertion(noise.Length, [1])).Bytes();

        var failure = Assert.Throws<RemoteFailureException>(() => Index(thin, 4096, quota: 1000)).Failure;
        Assert.Equal(Reasons.TooLarge, failure.Reason);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private string Objects => Path.Combine(_directory, ".git", "objects");

    private string Packs => Path.Combine(Objects, "pack");

    /// <summary>Blobs, each a delta to the one before.</summary>
    private static HandmadePack Chain(int depth)
    {
        var content = "0 of the chain"u8.ToArray();
        var pack = new HandmadePack().Whole(3, content);
        for (var i = 1; i <= depth; i++)
        {
            var next = Encoding.ASCII.GetBytes($"{i} of the chain");
            pack.DeltaTo(HandmadePack.NameOf(content), HandmadePack.Insertion(content.Length, next));
            content = next;
        }

        return pack;
    }

    private static byte[] Read(Repository repository, ObjectId name)
    {
        using var reader = new ObjectReader(Path.Combine(repository.Info.Path, "objects"));
        using var read = reader.Read(name, ObjectKind.Blob);
        return read.Data.ToArray();
    }

    private void Index(byte[] pack, int piece, long quota = long.MaxValue)
    {
        using var indexer = new PackIndexer(Objects, new CloneQuota(quota));
        for (var at = 0; at < pack.Length; at += piece)
        {
            indexer.Append(pack.AsSpan(at, Math.Min(piece, pack.Length - at)));
        }

        indexer.Commit();
    }
}

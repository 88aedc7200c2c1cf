using System.Text;
using CodeRepoOperator.Remotes.Protocol;
using CodeRepoOperator.Remotes.Refs;

namespace CodeRepoOperator.Remotes;

/// <summary>What is measured is the memory of the whole process, so that no other test runs meanwhile.</summary>
[Collection(nameof(AdvertisementMemoryTests))]
[CollectionDefinition(nameof(AdvertisementMemoryTests), DisableParallelization = true)]
public sealed class AdvertisementMemoryTests
{
    [Fact]
    public async Task However_many_refs_are_read_none_is_kept()
    {
        const string Commit = "0123456789012345678901234567890123456789";
        using var stream = new MeasuredStream();
        for (var i = 0; i < 100_000; i++)
        {
            stream.Write(
                Encoding.ASCII.GetBytes(
                    FormattableString.Invariant(
                        $"0064{Commit} refs/heads/a/branch/with/a/name/of/some/length/{i:d7}{(i == 0 ? "\0" : "\n")}"
                    )
                )
            );
        }

        stream.Write(Encoding.ASCII.GetBytes($"003d{Commit} refs/heads/main\n0000"));
        stream.Position = 0;
        var before = GC.GetTotalMemory(forceFullCollection: true);

        var read = await Advertisement.ReadAsync(
            new PktLineReader(stream, 256 << 20),
            new Revision.Branch(BranchName.Parse("main").Value!),
            TestContext.Current.CancellationToken
        );

        Assert.Equal(Commit, read.Head?.Value?.Commit);

        // Kept, each would take 100 bytes at the least, for the name of its commit alone.
        Assert.InRange(stream.InUseAtEnd - before, long.MinValue, 4 << 20);
    }

    private sealed class MeasuredStream : MemoryStream
    {
        public long InUseAtEnd { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = Read(buffer.Span);
            InUseAtEnd = Position == Length && InUseAtEnd == 0 ? GC.GetTotalMemory(forceFullCollection: true) : InUseAtEnd;
            return ValueTask.FromResult(count);
        }
    }
}

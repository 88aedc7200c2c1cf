using System.Formats.Tar;
using System.Text;

namespace CodeRepoOperator.Api.Archives;

public sealed class TarWriterTests : IDisposable
{
    private const string Commit = "0123456789abcdef0123456789abcdef01234567";
    private const long CommittedAt = 1_700_000_000;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("coderepo-tar-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Another_reader_reads_what_was_written()
    {
        var bytes = await WriteAsync(async tar =>
        {
            await tar.DirectoryAsync(Text("src/"), Commit, Token);
            await FileAsync(tar, "src/run.sh", "#!/bin/sh\n", isExecutable: true);
            await FileAsync(tar, "src/empty", "");
            await tar.LinkAsync(Text("link"), Text("src/run.sh"), Commit, Token);
        });

        var entries = Read(bytes);
        Assert.Equal(["src/", "src/run.sh", "src/empty", "link"], entries.Select(entry => entry.Name));
        Assert.Equal("775 775 664 777", string.Join(' ', entries.Select(entry => Convert.ToString((int)entry.Mode, 8))));
        Assert.Equal(["", "#!/bin/sh\n", "", ""], entries.Select(Content));
        Assert.Equal("src/run.sh", entries[3].LinkName);
        Assert.All(entries, entry => Assert.Equal((CommittedAt, 0, 0), (entry.ModificationTime.ToUnixTimeSeconds(), entry.Uid, entry.Gid)));
        Assert.Equal(0, bytes.Length % 10240);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(101)]
    [InlineData(155)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(1000)]
    public async Task Paths_of_any_length_are_kept(int length)
    {
        var shallow = string.Concat(Enumerable.Repeat("directory/", length))[..(length - 1)] + "f";
        var deep = new string('n', length);
        var bytes = await WriteAsync(async tar =>
        {
            await FileAsync(tar, shallow, "one");
            await FileAsync(tar, deep, "two");
            await tar.LinkAsync(Text("link"), Text(deep), Commit, Token);
        });

        var entries = Read(bytes);
        Assert.Equal([shallow, deep, "link"], entries.Select(entry => entry.Name));
        Assert.Equal(deep, entries[2].LinkName);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(511)]
    [InlineData(512)]
    [InlineData(65_536)]
    [InlineData(1_000_001)]
    public async Task Files_of_any_size_are_kept(int size)
    {
        var content = string.Concat(Enumerable.Range(0, size).Select(i => (char)('a' + (i % 23))));
        var bytes = await WriteAsync(tar => FileAsync(tar, "file", content));
        Assert.Equal(content, Content(Assert.Single(Read(bytes))));
    }

    [Fact]
    public async Task A_file_that_became_shorter_is_reported()
    {
        var path = Path.Combine(_directory.FullName, "short");
        await File.WriteAllTextAsync(path, "short", Token);
        using var file = File.OpenHandle(path);
        Assert.False(await new TarWriter(Stream.Null, Commit, CommittedAt).FileAsync(Text("short"), false, Commit, file, 6, Token));
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(long.MaxValue, 0x1_FFFF_FFFF)]
    public async Task Times_that_a_header_can_not_have_are_cut(long committedAt, long expected)
    {
        using var output = new MemoryStream();
        var tar = new TarWriter(output, Commit, committedAt);
        await tar.BeginAsync(Token);
        await tar.DirectoryAsync(Text("src/"), Commit, Token);
        await tar.EndAsync(Token);
        Assert.Equal(expected, Assert.Single(Read(output.ToArray())).ModificationTime.ToUnixTimeSeconds());
    }

    private static async Task<byte[]> WriteAsync(Func<TarWriter, ValueTask> write)
    {
        using var output = new MemoryStream();
        var tar = new TarWriter(output, Commit, CommittedAt);
        await tar.BeginAsync(Token);
        await write(tar);
        await tar.EndAsync(Token);
        return output.ToArray();
    }

    private async ValueTask FileAsync(TarWriter tar, string name, string content, bool isExecutable = false)
    {
        var path = Path.Combine(_directory.FullName, Guid.NewGuid().ToString("n"));
        await File.WriteAllTextAsync(path, content, Token);
        using var file = File.OpenHandle(path);
        Assert.True(await tar.FileAsync(Text(name), isExecutable, Commit, file, content.Length, Token));
    }

    private static List<System.Formats.Tar.TarEntry> Read(byte[] bytes)
    {
        using var reader = new TarReader(new MemoryStream(bytes));
        var entries = new List<System.Formats.Tar.TarEntry>();
        while (reader.GetNextEntry(copyData: true) is { } entry)
        {
            entries.Add(entry);
        }

        var global = Assert.IsType<PaxGlobalExtendedAttributesTarEntry>(entries[0]);
        Assert.Equal(Commit, global.GlobalExtendedAttributes["comment"]);
        return entries[1..];
    }

    private static string Content(System.Formats.Tar.TarEntry entry) =>
        entry.DataStream is null ? "" : new StreamReader(entry.DataStream, Encoding.UTF8).ReadToEnd();

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);
}

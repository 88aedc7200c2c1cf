using System.Text;
using CodeRepoOperator.Remotes.Sparse;

namespace CodeRepoOperator.Remotes;

/// <summary>Which files of random trees are in random folders, beside what git says.</summary>
public sealed class SparseGitTests
{
    private static readonly string[] Names = ["a", "b", "a-b", "a.b", "aa", "A", "ö", "#", "\U0001F600", "\uFF5A", "x y"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Git_has_the_same_files_and_keeps_the_same_text(int seed)
    {
        var random = new Random(seed);
        using var directory = new TemporaryDirectory();
        var work = directory.New("work");
        await GitCommand.RunAsync("/", "init", "-q", work);
        for (var i = 0; i < 120; i++)
        {
            var file = System.IO.Path.Combine(work, Folder(random, 0), $"{random.Next(3)}.file");
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, "", Token);
        }

        await GitCommand.RunAsync(work, "add", "-A");
        await GitCommand.RunAsync(work, "commit", "-q", "-m", "all");
        for (var round = 0; round < 15; round++)
        {
            var paths = Enumerable.Range(0, random.Next(1, 6)).Select(_ => Folder(random, 1) + (random.Next(4) == 0 ? "/" : "")).ToList();
            Assert.All(paths, path => Assert.True(SparseFolders.IsPath(path), path));
            var folders = SparseFolders.Of(paths);
            var cone = new SparseCone(folders);

            await GitCommand.RunAsync(work, ["sparse-checkout", "set", "--cone", .. paths]);

            Assert.Equal(await File.ReadAllTextAsync(System.IO.Path.Combine(work, ".git/info/sparse-checkout"), Token), folders.Text);
            foreach (var line in (await GitCommand.RunAsync(work, "-c", "core.quotePath=false", "ls-files", "-t")).Split('\n'))
            {
                var path = Encoding.UTF8.GetBytes(line[2..]);
                var isThere = cone.HasFilesOf(path.AsSpan(0, Math.Max(path.AsSpan().LastIndexOf((byte)'/'), 0)));
                Assert.True(isThere == (line[0] == 'H'), $"{line}, of {folders}");
            }
        }
    }

    private static string Folder(Random random, int least) =>
        string.Join('/', Enumerable.Range(0, random.Next(least, 5)).Select(_ => Names[random.Next(Names.Length)]));
}

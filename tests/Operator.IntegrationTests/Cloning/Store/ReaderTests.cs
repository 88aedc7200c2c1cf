using System.Globalization;
using System.Runtime.InteropServices;

namespace CodeRepoOperator.Cloning.Store;

/// <summary>What a consumer sees while clones are replaced under it.</summary>
[Trait("Category", "Slow")]
public sealed partial class ReaderTests(KubeApiServer cluster)
{
    private static readonly string[] Files = ["first.txt", "directory/second.txt", "directory/deep/third.txt"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(30)]
    [InlineData(100, Traits = ["Category", "Soak"])]
    public async Task A_reader_that_opens_the_clone_anew_for_each_piece_of_work_never_meets_a_missing_or_mixed_tree(int updates)
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        await using var volume = await Mount.TmpfsAsync(fixture.Root, "size=64m");
        var commits = await CommitsAsync(await fixture.Remote.ProjectAsync(), updates);
        var bare = Path.Combine(fixture.Remote.Root, "project.git");
        await GitCommand.RunAsync(bare, "update-ref", "refs/heads/main", commits[0]);
        var wanted = fixture.Want();
        var clone = (await fixture.EnsureAsync(wanted, Token)).Published!;
        Assert.True(fixture.Owner.CanExchange);
        using var directory = new TemporaryDirectory();

        // The directory of the namespace, as a consumer's pod has it by subPath.
        await using var mount = await Mount.BindAsync(Path.Combine(fixture.Root, "team"), directory.New("mounted"));
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var reader = ReadAsync(Path.Combine(mount.Path, "hello"), commits, done.Token);
        try
        {
            foreach (var commit in commits.Skip(1))
            {
                await GitCommand.RunAsync(bare, "update-ref", "refs/heads/main", commit);
                var updated = await fixture.RefreshAsync(wanted, clone, Token);
                Assert.Equal(commit, updated.Published?.Marker.Commit);
                clone = updated.Published!;
            }
        }
        finally
        {
            await done.CancelAsync();
        }

        var seen = await reader;
        Assert.InRange(seen.Count, updates / 4, updates + 1);
        Assert.Equal(seen.Order(), seen);
    }

    /// <summary>Reads until asked to stop; returns the numbers of the trees that it met, without repetition.</summary>
    private static async Task<List<int>> ReadAsync(string clone, List<string> commits, CancellationToken done)
    {
        var seen = new List<int>();
        while (!done.IsCancellationRequested)
        {
            var opened = open(clone, 0x80000); // O_RDONLY | O_CLOEXEC
            Assert.True(opened >= 0, $"The clone is missing: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
            try
            {
                var tree = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{opened}");
                var marker = MarkerFile.Read(StoreLayout.Marker(tree))!;
                var number = commits.IndexOf(marker.Commit);
                Assert.All(Files, file => Assert.Equal($"{number}\n", File.ReadAllText(Path.Combine(tree, file))));
                if (seen.LastOrDefault(-1) != number)
                {
                    seen.Add(number);
                }
            }
            finally
            {
                _ = close(opened);
            }

            // The updates need the processor too.
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, CancellationToken.None);
        }

        return seen;
    }

    /// <summary>Makes commits that each write their number into all files.</summary>
    private static async Task<List<string>> CommitsAsync(GitProject project, int updates)
    {
        var commits = new List<string>();
        for (var number = 0; number <= updates; number++)
        {
            foreach (var file in Files)
            {
                await File.WriteAllTextAsync(project.Path(file), $"{number}\n", Token);
            }

            await project.GitAsync("add", "-A");
            await project.GitAsync("commit", "-q", "-m", "change");
        }

        await project.GitAsync("push", "-q", "origin", "HEAD:refs/heads/all");
        commits.AddRange((await project.GitAsync("rev-list", "--reverse", "HEAD")).Split('\n'));
        return commits;
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);
}

using System.Text;
using GitServer;
using LibGit2Sharp;

namespace CodeRepoOperator;

/// <summary>
/// What LibGit2Sharp's public API makes of the engine's demands, on a repository of 50 commits with 20 other branches: the
/// reason why the engine is more than a call to it.
/// </summary>
internal static class AlternativesBenchmark
{
    private const int Commits = 50;
    private const int OtherBranches = 20;

    /// <summary>In bytes, of text that does not compress: each branch has one of its own.</summary>
    private const int BranchFile = 100_000;

    /// <summary>How long a clone that was asked to stop is waited for.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static async Task RunAsync(GitHttpServer server, string root, Func<string> newDirectory, CancellationToken cancellationToken)
    {
        var bare = Path.Combine(root, "branches.git");
        await GitProgram.RunAsync("/", null, cancellationToken, "init", "-q", "--bare", "-b", "main", bare);
        await GitProgram.RunAsync(bare, Import(), cancellationToken, "fast-import", "--quiet");
        var url = server.UrlOf("branches.git");
        using var engine = new Engine();

        await PrintBytesAsync(server, "ours, depth 1", () => engine.CloneAsync(url, newDirectory(), cancellationToken));
        await PrintBytesAsync(server, "git clone --depth 1 --single-branch", () =>
            GitProgram.CloneAsync(url, newDirectory(), cancellationToken)
        );
        await PrintBytesAsync(server, "LibGit2Sharp Repository.Clone, Depth = 1, BranchName = main", () =>
            Task.Run(() => Clone(url, newDirectory(), _ => true), cancellationToken)
        );

        using var fetched = new Repository(Repository.Init(newDirectory()));
        fetched.Network.Remotes.Add("origin", url);
        Commands.Fetch(
            fetched,
            "origin",
            ["+refs/heads/main:refs/heads/main"],
            new FetchOptions { Depth = 1, TagFetchMode = TagFetchMode.None },
            null
        );
        Console.WriteLine($"LibGit2Sharp Commands.Fetch, Depth = 1: {fetched.Branches["main"].Commits.Count()} of {Commits} commits came");

        await PrintAbortAsync(server, url, newDirectory(), cancellationToken);
    }

    private static async Task PrintBytesAsync(GitHttpServer server, string name, Func<Task> clone)
    {
        server.ResetCounters();
        await clone();
        Console.WriteLine($"{name}, {OtherBranches} other branches of {BranchFile} B: {server.BytesSent} B");
    }

    private static async Task PrintAbortAsync(GitHttpServer server, string url, string directory, CancellationToken cancellationToken)
    {
        server.ResetCounters();
        server.Fault = request => request.Method == "POST" ? new RequestFault { HangAfter = BranchFile } : null;
        var reported = false;
        var clone = Task.Run(() => Clone(url, directory, _ => !Volatile.Read(ref reported)), cancellationToken);
        while (server.BytesSent < BranchFile)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, cancellationToken);
        }

        Volatile.Write(ref reported, true);
        var ended = await Task.WhenAny(clone, Task.Delay(Patience, TimeProvider.System, cancellationToken)) == clone;
        Console.WriteLine(
            "LibGit2Sharp Repository.Clone, asked to stop in the middle of the pack: "
                + $"{(ended ? "ended" : $"not ended after {Patience.TotalSeconds} s")}"
        );

        // The server's end is what ends it.
        await server.DisposeAsync();
        await clone.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private static void Clone(string url, string directory, Func<TransferProgress, bool> goOn)
    {
        var options = new CloneOptions { BranchName = "main" };
        options.FetchOptions.Depth = 1;
        options.FetchOptions.TagFetchMode = TagFetchMode.None;
        options.FetchOptions.OnTransferProgress = progress => goOn(progress);
        Repository.Clone(url, directory, options);
    }

    private static string Import()
    {
        var import = new StringBuilder();
        var random = new Random(1);
        for (var commit = 0; commit < Commits; commit++)
        {
            Commit(import, "main", commit + 1, $"file{commit}", $"{commit}\n");
        }

        for (var branch = 0; branch < OtherBranches; branch++)
        {
            Commit(
                import,
                $"other{branch}",
                Commits,
                "other",
                Convert.ToHexString(Enumerable.Range(0, BranchFile / 2).Select(_ => (byte)random.Next()).ToArray())
            );
        }

        return import.ToString();
    }

    private static void Commit(StringBuilder import, string branch, int time, string file, string content) =>
        import.Append(
            System.Globalization.CultureInfo.InvariantCulture,
            $"commit refs/heads/{branch}\ncommitter A <a@b> {time} +0000\ndata 1\nx\nM 644 inline {file}\ndata "
                + $"{content.Length}\n{content}\n"
        );
}

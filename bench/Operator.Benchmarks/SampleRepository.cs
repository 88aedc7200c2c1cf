using System.Globalization;
using System.Text;

namespace CodeRepoOperator;

/// <summary>A repository of so many files of 4 kB on <c>main</c>, beside 50 other branches with 1 MB each that nobody asks for.</summary>
internal static class SampleRepository
{
    private const int FileSize = 4000;
    private const int OtherBranches = 50;
    private const int OtherSize = 1_000_000;

    /// <summary>The branch that keeps the commit before all files changed.</summary>
    public const string Before = "before";

    /// <summary>Makes it, bare.</summary>
    public static async Task CreateAsync(string bare, int files, CancellationToken cancellationToken)
    {
        await GitProgram.RunAsync("/", null, cancellationToken, "init", "-q", "--bare", "-b", "main", bare);
        await GitProgram.RunAsync(bare, Import(files), cancellationToken, "fast-import", "--quiet");
    }

    /// <summary>Adds a commit of one file to <c>main</c>.</summary>
    public static Task CommitAsync(string bare, CancellationToken cancellationToken) =>
        GitProgram.RunAsync(
            bare,
            "commit refs/heads/main\ncommitter A <a@b> 2 +0000\ndata 1\nx\nfrom refs/heads/main^0\nM 644 inline new.txt\ndata 1\ny\n",
            cancellationToken,
            "fast-import",
            "--quiet"
        );

    /// <summary>Adds a branch with one file more than <c>main</c>, of so many bytes.</summary>
    public static Task BranchAsync(string bare, string branch, int size, CancellationToken cancellationToken)
    {
        var text = new StringBuilder($"commit refs/heads/{branch}\n").Append(
            "committer A <a@b> 2 +0000\ndata 1\nx\nfrom refs/heads/main^0\nM 644 inline more.txt\n"
        );
        AppendData(text, size, new Random(8));
        return GitProgram.RunAsync(bare, text.ToString(), cancellationToken, "fast-import", "--quiet");
    }

    /// <summary>Adds a commit to <c>main</c> that changes one line of each file; <see cref="Before"/> is the one before.</summary>
    public static Task ChangeAllAsync(string bare, int files, CancellationToken cancellationToken)
    {
        var text = new StringBuilder($"reset refs/heads/{Before}\nfrom refs/heads/main^0\n\n").Append(
            "commit refs/heads/main\ncommitter A <a@b> 3 +0000\ndata 1\nx\nfrom refs/heads/main^0\n"
        );
        AppendFiles(text, files, new Random(7), "changed\n");
        return GitProgram.RunAsync(bare, text.ToString(), cancellationToken, "fast-import", "--quiet");
    }

    private static string Import(int files)
    {
        var random = new Random(7);
        var text = new StringBuilder("commit refs/heads/main\ncommitter A <a@b> 1 +0000\ndata 1\nx\n");
        AppendFiles(text, files, random, "");

        for (var i = 0; i < OtherBranches; i++)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"commit refs/heads/other{i}\ncommitter A <a@b> 1 +0000\ndata 1\nx\nM 644 inline other.txt\n"
            );
            AppendData(text, OtherSize, random);
        }

        return text.ToString();
    }

    private static void AppendFiles(StringBuilder text, int files, Random random, string first)
    {
        for (var i = 0; i < files; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"M 644 inline d{i % 250}/f{i}.txt\n");
            AppendData(text, FileSize, random, first);
        }
    }

    // Lines of text that compresses by a third.
    private static void AppendData(StringBuilder text, int size, Random random, string first = "")
    {
        text.Append(CultureInfo.InvariantCulture, $"data {size + first.Length}\n").Append(first);
        for (var i = 0; i < size; i++)
        {
#pragma warning disable CA5394 // The same noise each time; no secret.
            text.Append(i % 80 == 79 ? '\n' : (char)random.Next(48, 80));
#pragma warning restore CA5394
        }

        text.Append('\n');
    }
}

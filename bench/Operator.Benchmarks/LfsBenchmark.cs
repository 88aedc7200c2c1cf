using System.Globalization;
using System.Security.Cryptography;
using CodeRepoOperator.Machinery.Git;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Lfs;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator;

/// <summary>
/// Files of Git LFS into a clone that has their pointers, beside <c>git lfs pull</c>, from the server of Git LFS' own tests: medians, in
/// turns.
/// </summary>
internal static class LfsBenchmark
{
    private const int Runs = 5;
    private const int Files = 200;
    private const int FileLength = 2_000_000;
    private const string Name = "lfs.git";

    private static readonly GitOptions Options = new() { PermittedNetworks = ["127.0.0.0/8"], AllowCredentialsOverHttp = true };

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var volume = BenchVolume.NewDirectory();
        await using var server = await LfsTestServer.StartAsync(volume.Path, cancellationToken);
        using var engine = new Engine();
        await CreateAsync(volume.Path, server, cancellationToken);
        var url = GitUrl.Parse(server.UrlOf(Name)).Value!;
        var (ours, gits) = (new Series(), new Series());
        for (var run = 0; run < Runs; run++)
        {
            var own = await CloneAsync($"own-{run}");
            await volume.SyncAsync(cancellationToken);
            await ours.TimeAsync(() => FillAsync(engine, url, own, cancellationToken));
            var git = await CloneAsync($"git-{run}");
            await GitProgram.RunAsync(git, null, cancellationToken, "config", "lfs.url", server.UrlWithLoginOf(Name) + "/info/lfs");
            foreach (var (name, value) in server.Settings)
            {
                await GitProgram.RunAsync(git, null, cancellationToken, "config", name, value);
            }

            await volume.SyncAsync(cancellationToken);
            await gits.TimeAsync(() => server.RunAsync(git, cancellationToken, "pull"));
            Directory.Delete(own, recursive: true);
            Directory.Delete(git, recursive: true);
        }

        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"lfs: {Files} files of {FileLength} bytes: ours {ours}; git lfs pull {gits}: {ours.Median / gits.Median:0.00} times "
                    + $"git's, wanted at most 1.00"
            )
        );

        async Task<string> CloneAsync(string name)
        {
            var directory = Directory.CreateDirectory(Path.Combine(volume.Path, name)).FullName;
            var tree = await engine.Remote.CloneAsync(new CloneOrder(url, new RemoteHead("main", ""), 1, directory), cancellationToken);
            return tree.Succeeded ? directory : throw new InvalidOperationException(tree.Failure.Message);
        }
    }

    private static async Task FillAsync(Engine engine, GitUrl url, string clone, CancellationToken cancellationToken)
    {
        var at = LfsServerUrl.Resolve(written: null, url).Value!;
        var order = new LfsOrder(clone, at.ToString(), long.MaxValue)
        {
            Credentials = LfsTestServer.Credentials,
            Patience = Timeout.InfiniteTimeSpan,
            Options = Options,
        };
        var filled = await engine.Remote.FillAsync(at, order, cancellationToken);
        if ((filled.Failure ?? filled.Value!.Failure) is { } failure)
        {
            throw new InvalidOperationException(failure.Message);
        }
    }

    private static async Task CreateAsync(string root, LfsTestServer server, CancellationToken cancellationToken)
    {
        var (bare, work) = (Path.Combine(root, Name), Path.Combine(root, "work"));
        await GitProgram.RunAsync("/", null, cancellationToken, "init", "-q", "--bare", "-b", "main", bare);
        await GitProgram.RunAsync("/", null, cancellationToken, "init", "-q", "-b", "main", work);
        foreach (var (name, value) in server.Settings)
        {
            await GitProgram.RunAsync(work, null, cancellationToken, "config", name, value);
        }

        await File.WriteAllTextAsync(Path.Combine(work, ".gitattributes"), "*.bin filter=lfs\n", cancellationToken);
        for (var i = 0; i < Files; i++)
        {
            await File.WriteAllBytesAsync(Path.Combine(work, $"f{i}.bin"), RandomNumberGenerator.GetBytes(FileLength), cancellationToken);
        }

        await GitProgram.RunAsync(work, null, cancellationToken, "add", "-A");
        await GitProgram.RunAsync(
            work,
            null,
            cancellationToken,
            ["-c", "user.name=Bench", "-c", "user.email=bench@example.com", "commit", "-q", "-m", "files"]
        );
        await GitProgram.RunAsync(work, null, cancellationToken, "push", "-q", bare, "main");
        await server.RunAsync(work, cancellationToken, "push", "--all", server.UrlWithLoginOf(Name));
        Directory.Delete(work, recursive: true);
    }
}

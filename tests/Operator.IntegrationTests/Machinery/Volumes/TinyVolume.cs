namespace CodeRepoOperator.Machinery.Volumes;

/// <summary>A file system of a few megabytes. It is mounted, which takes root; without it the test fails and says so.</summary>
internal sealed class TinyVolume : IAsyncDisposable
{
    private static readonly IReadOnlyDictionary<string, string> SameEnvironment = new Dictionary<string, string>(StringComparer.Ordinal);

    private readonly TemporaryDirectory _directory;

    private TinyVolume(TemporaryDirectory directory) => _directory = directory;

    public string Path => System.IO.Path.Combine(_directory.Path, "volume");

    public static async Task<TinyVolume> MountAsync(int megabytes)
    {
        var volume = new TinyVolume(new TemporaryDirectory());
        volume._directory.New("volume");
        var mounted = await RunAsync("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", volume.Path);
        Assert.True(mounted.ExitCode == 0, $"This test needs to mount a tmpfs, as root with CAP_SYS_ADMIN: {mounted.Error}");
        return volume;
    }

    public async ValueTask DisposeAsync()
    {
        (await RunAsync("umount", Path)).OutputOrThrow();
        _directory.Dispose();
    }

    private static Task<ProcessOutcome> RunAsync(string program, params string[] arguments) =>
        ProcessRunner.RunAsync(program, arguments, SameEnvironment, "", CancellationToken.None);
}

namespace CodeRepoOperator.Machinery.Volumes;

/// <summary>Something mounted until the end of the test. It takes root; without it the test fails and says so.</summary>
internal sealed class Mount : IAsyncDisposable
{
    private static readonly IReadOnlyDictionary<string, string> SameEnvironment = new Dictionary<string, string>(StringComparer.Ordinal);

    private Mount(string path) => Path = path;

    public string Path { get; }

    /// <summary>Mounts a file system in memory over a directory.</summary>
    public static Task<Mount> TmpfsAsync(string path, string options) => MountAsync(path, "-t", "tmpfs", "-o", options, "tmpfs", path);

    /// <summary>Makes a directory appear at a second place, as a <c>subPath</c> does.</summary>
    public static Task<Mount> BindAsync(string from, string path) => MountAsync(path, "--bind", from, path);

    /// <summary>Changes the options of what is mounted.</summary>
    public async Task ChangeAsync(string options) => (await RunAsync("mount", "-o", $"remount,{options}", Path)).OutputOrThrow();

    /// <summary>Unmounts it; what still has files open there keeps them.</summary>
    public async ValueTask DisposeAsync() => (await RunAsync("umount", "--lazy", Path)).OutputOrThrow();

    private static async Task<Mount> MountAsync(string path, params string[] arguments)
    {
        var mounted = await RunAsync("mount", arguments);
        Assert.True(mounted.ExitCode == 0, $"This test needs to mount, as root with CAP_SYS_ADMIN: {mounted.Error}");
        return new Mount(path);
    }

    private static Task<ProcessOutcome> RunAsync(string program, params string[] arguments) =>
        ProcessRunner.RunAsync(program, arguments, SameEnvironment, "", CancellationToken.None);
}

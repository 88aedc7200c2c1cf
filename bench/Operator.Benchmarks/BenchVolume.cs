using System.Diagnostics;

namespace CodeRepoOperator;

/// <summary>
/// Where clones are made. Nothing on it is deleted between the runs: creating files right after deleting many is slow on ext4,
/// whoever does it.
/// </summary>
internal sealed class BenchVolume : IAsyncDisposable
{
    // Sparse; some 12 GB of it are written by the large runs, in 2 million files.
    private const long ImageSize = 48L << 30;

    private readonly string _directory = Directory.CreateTempSubdirectory("coderepo-bench-").FullName;
    private bool _isMounted;

    private BenchVolume() => Path = _directory;

    public string Path { get; private set; }

    /// <summary>A directory below the one for temporary files.</summary>
    public static BenchVolume NewDirectory() => new();

    /// <summary>
    /// A new ext4 file system in a file below the directory for temporary files, so that nobody's deletions before slow it down.
    /// </summary>
    public static async Task<BenchVolume> NewFileSystemAsync(CancellationToken cancellationToken)
    {
        var volume = new BenchVolume();
        try
        {
            var image = System.IO.Path.Combine(volume._directory, "image");
            await using (var file = File.Create(image))
            {
                file.SetLength(ImageSize);
            }

            volume.Path = Directory.CreateDirectory(System.IO.Path.Combine(volume._directory, "volume")).FullName;
            await RunAsync("mkfs.ext4", ["-q", "-i", "8192", image], cancellationToken);

            // Without the thread that goes on initialising a new file system in the background.
            await RunAsync("mount", ["-o", "loop,noinit_itable", image, volume.Path], cancellationToken);
            volume._isMounted = true;
            return volume;
        }
        catch
        {
            await volume.DisposeAsync();
            throw;
        }
    }

    /// <summary>Has all written to the disk, so that no run pays for the one before.</summary>
    public Task SyncAsync(CancellationToken cancellationToken) => RunAsync("sync", ["-f", Path], cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_isMounted)
        {
            await RunAsync("umount", [Path], CancellationToken.None);
        }

        Directory.Delete(_directory, recursive: true);
    }

    private static async Task RunAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false })!;
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException(
                $"{program} {string.Join(' ', arguments)} failed; the large runs need root, to mount a file system of their own."
            );
        }
    }
}

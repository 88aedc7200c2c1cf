using CodeRepoOperator.Cloning.Remotes.Folders;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Publishing;

/// <summary>
/// Keeps what was replaced or deleted through a grace period, for readers with open files, and then deletes it in the
/// background.
/// </summary>
internal sealed class Trash(
    StoreLayout layout, IOptions<StoreOptions> options, CloningMetrics metrics, TimeProvider time, ILogger<Trash> log) : BackgroundService
{
    /// <summary>How often the trash is looked at; more often when the grace period is shorter.</summary>
    private static readonly TimeSpan LongestRound = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ShortestRound = TimeSpan.FromSeconds(1);

    /// <summary>Sizes of what waits here, in bytes; a tree in the trash does not change, so it is measured once.</summary>
    private readonly Dictionary<string, long> _sizes = [];

    /// <summary>Takes a folder in: its name is free at once.</summary>
    /// <exception cref="IOException">It could not be moved.</exception>
    public void Take(string path) => Move(path, time.GetUtcNow());

    /// <summary>Takes in a folder that no consumer has ever seen: it goes in the next round.</summary>
    /// <exception cref="IOException">It could not be moved.</exception>
    public void TakeUnread(string path) => Move(path, DateTimeOffset.UnixEpoch);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var grace = options.Value.TrashGracePeriod;
        var round = grace < ShortestRound ? ShortestRound : grace < LongestRound ? grace : LongestRound;
        using var timer = new PeriodicTimer(round, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Empty(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What is left waits for the next start.
        }
    }

    private void Move(string path, DateTimeOffset since)
    {
        Directory.CreateDirectory(layout.Trash);
        FileSystem.Rename(path, layout.NewTrash(since));
    }

    private void Empty(CancellationToken stoppingToken)
    {
        try
        {
            var entries = Directory.Exists(layout.Trash) ? Directory.GetFileSystemEntries(layout.Trash) : [];
            foreach (var entry in entries)
            {
                stoppingToken.ThrowIfCancellationRequested();
                if (time.GetUtcNow() - StoreLayout.InTrashSince(entry) >= options.Value.TrashGracePeriod)
                {
                    FolderTree.Delete(entry);
                    _sizes.Remove(entry);
                }
                else if (!_sizes.ContainsKey(entry))
                {
                    _sizes[entry] = FolderTree.SizeOf(entry);
                }
            }

            metrics.TrashHolds(_sizes.Values.Sum());
        }
        catch (Exception error) when (StoreFailure.IsOf(error))
        {
            // The next round tries again; the gauge and the free space show if it never works.
            log.TrashNotEmptied(error.Message);
        }
    }
}

using System.Globalization;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.GitWorker.Limits;

/// <summary>
/// What a clone may take on disk, packs and files together: so many bytes as such, and its budget of what is left for it on the volume.
/// All is counted before it is written. From any thread.
/// </summary>
/// <param name="maximum">Bytes, as the sum of the files' lengths.</param>
/// <param name="budget">What is left for it; null: all of the volume.</param>
/// <param name="directory">The clone.</param>
internal sealed class CloneQuota(long maximum, CloneBudget? budget = null, string directory = "/")
{
    // The volume is looked at anew each so often: a statvfs of a local file system costs about a microsecond, and what is taken in between
    // may be of the reserve.
    private const long BytesBetweenLooks = 1 << 20;
    private const long FilesBetweenLooks = 64;

    private long _bytes;
    private long _newBytes;
    private long _newFiles;
    private long _sharedBytes;
    private long _sharedFiles;
    private long _nextLookBytes;
    private long _nextLookFiles;

    /// <summary>What was counted.</summary>
    public CloneSize Size =>
        new(
            Interlocked.Read(ref _newBytes) + Interlocked.Read(ref _sharedBytes),
            Interlocked.Read(ref _newFiles) + Interlocked.Read(ref _sharedFiles),
            Interlocked.Read(ref _sharedBytes),
            Interlocked.Read(ref _sharedFiles)
        );

    /// <summary>Counts files of the older clone that the new one has as hard links.</summary>
    /// <exception cref="RemoteFailureException">They are too many.</exception>
    public void ChargeShared(long bytes, int files)
    {
        CountLength(bytes);
        if (budget is { CountsLinks: true })
        {
            CountNew(CloneSize.OnDisk(bytes), files);
            return;
        }

        Interlocked.Add(ref _sharedBytes, CloneSize.OnDisk(bytes));
        Interlocked.Add(ref _sharedFiles, files);
    }

    /// <summary>Counts the content of a file.</summary>
    /// <param name="bytes">Its length.</param>
    /// <exception cref="RemoteFailureException">They are too many.</exception>
    public void ChargeFile(long bytes)
    {
        CountLength(bytes);
        CountNew(CloneSize.OnDisk(bytes), 0);
    }

    /// <summary>Counts bytes of a file that grows piece by piece.</summary>
    /// <exception cref="RemoteFailureException">They are too many.</exception>
    public void ChargePiece(long bytes)
    {
        CountLength(bytes);
        CountNew(bytes, 0);
    }

    /// <summary>Counts files and directories that are about to be made; their content comes extra.</summary>
    /// <param name="files">How many files, links and the like.</param>
    /// <param name="directories">How many directories, each with a block of its own.</param>
    /// <exception cref="RemoteFailureException">They are too many.</exception>
    public void ChargeInodes(long files, long directories) => CountNew(directories * CloneSize.Block, files + directories);

    private void CountLength(long bytes)
    {
        if (Interlocked.Add(ref _bytes, bytes) > maximum)
        {
            throw new RemoteFailureException(
                Reasons.TooLarge,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The clone takes more than {maximum} bytes: lower spec.depth, choose another branch, or have the administrator "
                        + $"raise Git:MaxCloneBytes."
                )
            );
        }
    }

    private void CountNew(long bytes, long files)
    {
        var (allBytes, allFiles) = (Interlocked.Add(ref _newBytes, bytes), Interlocked.Add(ref _newFiles, files));
        if (budget is null)
        {
            return;
        }

        if (allBytes > budget.Bytes || allFiles > budget.Files)
        {
            throw new RemoteFailureException(budget.WhenExceeded);
        }

        if (
            bytes >= BytesBetweenLooks
            || files >= FilesBetweenLooks
            || allBytes >= Interlocked.Read(ref _nextLookBytes)
            || allFiles >= Interlocked.Read(ref _nextLookFiles)
        )
        {
            Interlocked.Exchange(ref _nextLookBytes, allBytes + BytesBetweenLooks);
            Interlocked.Exchange(ref _nextLookFiles, allFiles + FilesBetweenLooks);
            RefuseFullVolume(budget, bytes, files);
        }
    }

    // Others write to the volume too, other namespaces' clones among them: the reserve is what none of them may take.
    private void RefuseFullVolume(CloneBudget limits, long bytes, long files)
    {
        var space = VolumeSpace.Of(directory);
        if (space.HasInodes && space.FreeInodes - files < limits.ReservedFiles)
        {
            throw new RemoteFailureException(CloneFailure.NoInodes);
        }

        if (space.FreeBytes - bytes < limits.ReservedBytes)
        {
            throw new RemoteFailureException(CloneFailure.StoreFull);
        }
    }
}

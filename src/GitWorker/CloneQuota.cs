using System.Globalization;
using CodeRepoOperator.Cloning.Remotes;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.GitWorker;

/// <summary>How many bytes a clone may take on disk, packs and files together.</summary>
internal sealed class CloneQuota(long maximum)
{
    private long _bytes;

    /// <summary>Counts bytes that were or are about to be written; from any thread.</summary>
    /// <exception cref="RemoteFailureException">They are too many.</exception>
    public void Charge(long bytes)
    {
        if (Interlocked.Add(ref _bytes, bytes) > maximum)
        {
            throw new RemoteFailureException(
                Reasons.TooLarge,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The clone takes more than {maximum} bytes: lower spec.depth, choose another branch, or have the administrator raise Git:MaxCloneBytes."));
        }
    }
}

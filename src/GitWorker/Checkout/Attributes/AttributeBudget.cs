using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.GitWorker.Checkout.Attributes;

/// <summary>
/// Bounds the work of finding out which attributes hold for which file: 100,000 lines for 100,000 files are 10,000,000,000
/// comparisons. It is counted, not timed, so that the same commit always ends in the same way. From any thread.
/// </summary>
/// <param name="files">How many files the commit has.</param>
internal sealed class AttributeBudget(int files)
{
    // A unit takes about a nanosecond. Ten lines of usual patterns take some 200 a file.
    private const long ForAll = 2_000_000_000;
    private const long ForEachFile = 100_000;

    private readonly long _most = ForAll + (ForEachFile * files);
    private long _spent;

    /// <summary>Counts work that was done.</summary>
    /// <exception cref="RemoteFailureException">It was too much, all in all.</exception>
    public void Spend(long work)
    {
        if (Interlocked.Add(ref _spent, work) > _most)
        {
            throw new RemoteFailureException(
                Reasons.Unsupported,
                "The lines of the repository's .gitattributes take too long to be compared with its files: remove those with asterisks, "
                    + "or most of them, on the branch, or choose another branch by spec.branch."
            );
        }
    }
}

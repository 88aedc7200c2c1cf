using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Remotes.Worker;

/// <summary>What came of the Git LFS files of a tree.</summary>
/// <param name="Files">How many are in the tree.</param>
/// <param name="Bytes">What they have together.</param>
/// <param name="Digest">Distinguishes those that are there from others.</param>
/// <param name="Size">What was added to the volume.</param>
/// <param name="Omitted">Those that are still pointers, with the reasons.</param>
/// <param name="Failure">Why the first of them is; null: all are there.</param>
/// <param name="MayComeLater">Whether another try may fetch some although nothing in the repository changes.</param>
internal sealed record FetchedLfs(
    int Files,
    long Bytes,
    string Digest,
    CloneSize Size,
    OmittedPaths Omitted,
    CloneFailure? Failure,
    bool MayComeLater
);

namespace CodeRepoOperator.Remotes.Worker;

/// <summary>What a commit refers to and its clone does not have.</summary>
/// <param name="Submodules">Empty directories in the clone.</param>
/// <param name="LfsFiles">Pointers of Git LFS in place of the files.</param>
/// <param name="UnencodedFiles">Files that are UTF-8, since they can't have their <c>working-tree-encoding</c>; null: none, or not looked
/// at.</param>
internal sealed record OmittedContent(OmittedPaths Submodules, OmittedPaths LfsFiles, OmittedPaths? UnencodedFiles = null);

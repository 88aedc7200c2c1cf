namespace CodeRepoOperator.Cloning.Remotes;

/// <summary>What a commit refers to and its clone does not have.</summary>
/// <param name="Submodules">Empty folders in the clone.</param>
/// <param name="LfsFiles">Pointers of Git LFS in place of the files.</param>
internal sealed record OmittedContent(OmittedPaths Submodules, OmittedPaths LfsFiles);

namespace CodeRepoOperator.Api.Archives;

/// <summary>What came of opening a tree as an archive.</summary>
/// <param name="Archive">The archive; null: it could not be opened.</param>
/// <param name="Flaw">Why not; null: it is open.</param>
internal sealed record TreeArchiveResult(TreeArchive? Archive, ArchiveFlaw? Flaw);

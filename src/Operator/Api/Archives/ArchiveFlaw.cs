namespace CodeRepoOperator.Api.Archives;

/// <summary>Why an archive could not be brought to its end.</summary>
/// <param name="Detail">What is wrong, with the file's path.</param>
/// <param name="IsDamage">Whether the tree is not what was published; if not, the volume could not be read.</param>
internal sealed record ArchiveFlaw(string Detail, bool IsDamage);

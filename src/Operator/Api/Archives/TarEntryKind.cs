namespace CodeRepoOperator.Api.Archives;

/// <summary>What a tar file holds.</summary>
internal enum TarEntryKind
{
    File,
    Executable,
    Link,
    Directory,
}

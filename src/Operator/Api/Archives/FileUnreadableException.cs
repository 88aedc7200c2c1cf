namespace CodeRepoOperator.Api.Archives;

/// <summary>The volume refused to read a file of which a part is in the archive already.</summary>
internal sealed class FileUnreadableException(IOException error) : Exception(error.Message, error);

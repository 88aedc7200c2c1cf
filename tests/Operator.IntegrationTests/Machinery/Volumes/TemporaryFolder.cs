using CodeRepoOperator.Remotes.Files;

namespace CodeRepoOperator.Machinery.Volumes;

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("coderepo-");

    public string Path => _folder.FullName;

    /// <summary>Makes an empty folder in it.</summary>
    public string New(string name) => _folder.CreateSubdirectory(name).FullName;

    /// <summary>Not by .NET, which can't name all that git can.</summary>
    public void Dispose() => FolderTree.Delete(Path);
}

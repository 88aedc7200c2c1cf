using CodeRepoOperator.Remotes.Files;

namespace CodeRepoOperator.Machinery.Volumes;

/// <summary>A directory that is gone after the test.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("coderepo-");

    public string Path => _directory.FullName;

    /// <summary>Makes an empty directory in it.</summary>
    public string New(string name) => _directory.CreateSubdirectory(name).FullName;

    /// <summary>Not by .NET, which can't name all that git can.</summary>
    public void Dispose() => DirectoryTree.Delete(Path);
}
